package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/rhaptos/rhaptos/publish/facts"
)

// factsBytes bounds what is kept about the files of books, in memory and again
// in the data folder. A module with its images takes about 3 KiB.
const factsBytes = 128 << 20

// openFacts opens what this very program has found out about files before: by
// another one's rules they may have other problems.
func openFacts(dir string, log *slog.Logger) (*facts.Dir, error) {
	version, err := digestOfProgram()
	if err != nil {
		return nil, fmt.Errorf("read the running program: %w", err)
	}
	return facts.Open(dir, version, factsBytes, log)
}

// digestOfProgram names the running program by its bytes.
func digestOfProgram() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
