package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkLsRefs sends what git ls-remote sends, without starting git: the
// refs, or in version 2 the capabilities and then the refs, each on a connection
// of its own.
func BenchmarkLsRefs(b *testing.B) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	each(b, func(b *testing.B, remote string) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := lsRefs(client, remote); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func lsRefs(client *http.Client, remote string) error {
	answer, err := ask(client, http.MethodGet, remote+"/info/refs?service=git-upload-pack", "")
	if err == nil && strings.Contains(answer, "version 2\n") {
		answer, err = ask(client, http.MethodPost, remote+"/git-upload-pack",
			"0014command=ls-refs\n0014agent=git/2.39.50016object-format=sha100010009peel\n000csymrefs\n0000")
	}
	if err == nil && !strings.Contains(answer, "refs/heads/main") {
		err = fmt.Errorf("no refs in %q", answer)
	}
	return err
}

func ask(client *http.Client, method, url, body string) (string, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Git-Protocol", "version=2")
	if body != "" {
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	if _, err := io.Copy(&answer, resp.Body); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", resp.Status, answer.String())
	}
	return answer.String(), nil
}
