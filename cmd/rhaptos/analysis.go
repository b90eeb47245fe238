package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// analysisBytes bounds the analysis cache, in memory and again in the data
// folder. A module with its images takes about 3 KiB.
const analysisBytes = 128 << 20

// openAnalysis opens the analysis cache of the running program in a folder: the
// rules of another version may find other problems. The folder of former
// versions, "facts" beside it, is removed.
func openAnalysis(dir string, log *slog.Logger) (*analysis.Dir, error) {
	version, err := digestOfProgram()
	if err != nil {
		return nil, fmt.Errorf("read the running program: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(filepath.Dir(dir), "facts")); err != nil {
		return nil, err
	}
	return analysis.Open(dir, version, analysisBytes, log)
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
