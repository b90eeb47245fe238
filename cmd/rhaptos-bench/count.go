package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// countName is the name under which fcgiwrap starts this program in place of git
// http-backend. fcgiwrap does not wait for what it starts, and so the kernel adds
// the processor time of that to nobody's.
const countName = "counted-http-backend"

// countBackend runs git http-backend and notes what it used in a file beside
// itself.
func countBackend(self string) error {
	cmd := exec.Command(os.Getenv("BACKEND"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		return err
	}
	f, err := os.OpenFile(self+".log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	return err
}

// readCounts adds up what countBackend noted.
func readCounts(path string) (total time.Duration, err error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return 0, nil
	}
	for line := range strings.Lines(string(text)) {
		used, err := time.ParseDuration(strings.TrimSpace(line))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		total += used
	}
	return total, err
}
