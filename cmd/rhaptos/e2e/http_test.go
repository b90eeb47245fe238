package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// get fetches a page.
func get(ctx context.Context, url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// await asks for a page until it is there.
func await(ctx context.Context, url string) (body string, err error) {
	return awaitStatus(ctx, url, http.StatusOK)
}

// awaitStatus asks for a page until it answers with the status.
func awaitStatus(ctx context.Context, url string, want int) (body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		status, body, err := get(ctx, url)
		if status == want {
			return body, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s: still %d, %v", url, status, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
