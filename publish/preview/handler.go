package preview

import (
	"bytes"
	_ "embed"
	"net"
	"net/http"
	"strconv"
	"strings"
)

var (
	//go:embed live.js
	liveScript []byte
	//go:embed live.css
	liveStyle []byte
)

// handler is the view, with what keeps its pages up to date.
func (p *Previewer) handler(view http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/live", p.live.serve)
	mux.HandleFunc("GET /-/live.js", asset("text/javascript; charset=utf-8", liveScript))
	mux.HandleFunc("GET /-/live.css", asset("text/css; charset=utf-8", liveStyle))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, p.repository.home(), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { serveLive(w, r, view) })
	own := hostOf(p.config.Address)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A name that somebody else leads here would let their pages read ours.
		if host := hostOf(r.Host); host != "localhost" && host != own && net.ParseIP(host) == nil {
			http.Error(w, "the books are shown at localhost and at addresses in numbers; for another name start with --serve=NAME:PORT", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// hostOf is a host without its port, and without the brackets of IPv6.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

func asset(mediaType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(content)
	}
}

// liveHead is added to the head of every page.
const liveHead = `<link rel="stylesheet" href="/-/live.css"><script src="/-/live.js"></script></head>`

// serveLive serves a page of ours with the script that renews it; authors'
// documents, which are among the media, as they are.
func serveLive(w http.ResponseWriter, r *http.Request, view http.Handler) {
	if r.Method != http.MethodGet || strings.Contains(r.URL.Path, "/media/") {
		view.ServeHTTP(w, r)
		return
	}
	for _, field := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "Range", "If-Range"} {
		r.Header.Del(field)
	}
	held := &heldResponse{header: http.Header{}, status: http.StatusOK}
	view.ServeHTTP(held, r)
	body := held.body.Bytes()
	if strings.HasPrefix(held.header.Get("Content-Type"), "text/html") {
		body = bytes.Replace(body, []byte("</head>"), []byte(liveHead), 1)
		held.header.Set("Content-Length", strconv.Itoa(len(body)))
		policy := held.header.Get("Content-Security-Policy")
		held.header.Set("Content-Security-Policy", policy+"; script-src 'self'; connect-src 'self'")
	}
	held.header.Set("Cache-Control", "no-store")
	held.header.Del("ETag")
	for name, values := range held.header {
		w.Header()[name] = values
	}
	w.WriteHeader(held.status)
	_, _ = w.Write(body)
}

// heldResponse keeps a response until it has been changed.
type heldResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldResponse) Header() http.Header         { return h.header }
func (h *heldResponse) WriteHeader(status int)      { h.status = status }
func (h *heldResponse) Write(p []byte) (int, error) { return h.body.Write(p) }
