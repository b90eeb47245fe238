package main

import (
	"crypto/sha256"
	"debug/elf"
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
	version, err := programID()
	if err != nil {
		return nil, fmt.Errorf("read the running program: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(filepath.Dir(dir), "facts")); err != nil {
		return nil, err
	}
	return analysis.Open(dir, version, analysisBytes, log)
}

// programID identifies the running program by its bytes.
func programID() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	if id := buildID(name); id != "" {
		return id, nil
	}
	return digestOfFile(name)
}

// buildID returns the id that Go's linker has given a program, which ends with a
// digest of its content; empty if there is none. Unlike the whole program it is read
// in no time.
func buildID(name string) string {
	f, err := elf.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	section := f.Section(".note.go.buildid")
	if section == nil {
		return ""
	}
	// A note has three lengths of four bytes, the name "Go" in four bytes, and the id.
	note, err := section.Data()
	if err != nil || len(note) <= 16 {
		return ""
	}
	sum := sha256.Sum256(note[16:])
	return hex.EncodeToString(sum[:])
}

// digestOfFile returns the SHA-256 of a file in hexadecimal.
func digestOfFile(name string) (string, error) {
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
