package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostile is an author's document that tries to reach the page around it, the
// site, and readers' data. It reports which attempts came through, and that it
// ran and could load a script of its own book.
const hostile = `<!DOCTYPE html>
<title>Hostile</title>
<script src="lib/own.js"></script>
<script>
const reached = [];
async function attempt(name, f) { try { if (await f()) reached.push(name) } catch (e) {} }
async function run() {
	await attempt("ran", () => true);
	await attempt("own script", () => window.own === 1);
	await attempt("page", () => parent !== window && parent.document.title);
	await attempt("page's address", () => parent !== window && parent.location.href);
	await attempt("cookie", () => { document.cookie = "canary=1"; return document.cookie });
	await attempt("local storage", () => { localStorage.setItem("canary", "1"); return true });
	await attempt("session storage", () => { sessionStorage.setItem("canary", "1"); return true });
	await attempt("database", () => new Promise((yes, no) => { const r = indexedDB.open("canary"); r.onsuccess = () => yes(true); r.onerror = no }));
	await attempt("site", async () => (await fetch("/")).ok);
	await attempt("site, old way", () => new Promise(done => { const r = new XMLHttpRequest(); r.onload = () => done(true); r.onerror = () => done(false); r.open("GET", "/"); r.send() }));
	await attempt("event source", () => new Promise(done => { const s = new EventSource("/"); s.onerror = () => done(false); s.onopen = () => done(true) }));
	await attempt("worker of the site", () => navigator.serviceWorker && navigator.serviceWorker.register("own.js"));
	await attempt("window", () => open("/"));
	await attempt("origin", () => origin !== "null");
	await attempt("page's frame", () => { top !== window && (top.location = "/canary"); return false });
	const form = document.createElement("form");
	form.action = "/canary"; form.method = "post";
	document.body.append(form);
	form.submit();
	window.reached = reached;
	parent.postMessage(reached, "*");
}
addEventListener("load", run);
addEventListener("message", () => window.reached && parent.postMessage(window.reached, "*"));
</script>`

// TestHostileDocument publishes the document in a book and opens it in its page
// and by itself: it runs, and reaches nothing.
func TestHostileDocument(t *testing.T) {
	program := browserProgram(t)
	data := t.TempDir()
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/stitching")
	work := filepath.Join(t.TempDir(), "stitching")
	if err := os.CopyFS(work, os.DirFS(sample(t, "stitching"))); err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(work, "modules/m00002/index.cnxml")
	text, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	frame := `<media id="frame" alt="A program"><iframe src="../../media//run/hostile.html" width="600" height="300"/></media></content>`
	for name, content := range map[string]string{
		"media/run/hostile.html":     hostile,
		"media/run/lib/own.js":       "window.own = 1",
		"modules/m00002/index.cnxml": strings.Replace(string(text), "</content>", frame, 1),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(work, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "First edition")
	git(t, work, "push", "-q", s.remote("ann", token, "ann/stitching"), "main")
	book := s.url + "/ann/stitching/stitching@1.1"
	if _, err := await(t.Context(), book); err != nil {
		t.Fatal(err)
	}

	b := newBrowser(t, program)
	b.open(book + "/m00002") // which leads to its page
	page := b.location()
	const want = "ran, own script"
	framed := evaluate[string](b, `new Promise(done => {
		const frame = document.querySelector("iframe");
		if (!frame) done("no frame");
		addEventListener("message", e => done(e.data.join(", ")));
		frame.scrollIntoView();
		setInterval(() => frame.contentWindow.postMessage("?", "*"), 200);
		setTimeout(() => done("no answer"), 30000);
	})`)
	if framed != want {
		t.Errorf("in its page the document reached %q, want %q", framed, want)
	}
	if at := b.location(); at != page {
		t.Errorf("the document has led the reader to %s", at)
	}
	b.open(book + "/media/run/hostile.html")
	alone := evaluate[string](b, `new Promise(done => setInterval(() => window.reached && done(window.reached.join(", ")), 100))`)
	if alone != want {
		t.Errorf("by itself the document reached %q, want %q", alone, want)
	}
}
