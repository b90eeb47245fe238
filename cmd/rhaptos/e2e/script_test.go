package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scenarios: text archives with the commands of rhaptos, git and ssh as
// their users type them. Beside testscript's own commands there are:
//
//	serve [FLAG...]            start a server on $DATA; sets $URL, $HOST, $SSHHOST, $SSHPORT
//	upstream [FLAG...]         start another server, on $UPDATA; sets $UPSTREAM, $UPHOST
//	halt, crash                end it with SIGTERM (exit status 0 wanted), or at once
//	get STATUS URL [HEADER]... fetch URL, print the header fields and the body
//	await URL [STATUS [TEXT]]  fetch URL until it answers 200, or STATUS, and has the text
//	post STATUS URL BODY [HEADER]...
//	sign SECRET BODY VAR       set VAR to the body's HMAC-SHA256 in hexadecimal
//	receiver N                 listen for webhooks, refuse the first N; sets $RECEIVER
//	received N                 wait until N deliveries were taken, print them
//	postgres                   make an empty PostgreSQL database; sets $POSTGRES, its URL
//	setenv VAR FILE            set VAR to the text of a file
//	bucket                     create two buckets of an S3 server; sets $BUCKET, $OTHERBUCKET,
//	                           $NOBUCKET, $CREDENTIALS (a file), $SECRETKEY
//	spoil                      change a byte in every object of $BUCKET that is a blob
func TestScripts(t *testing.T) {
	samples := filepath.Dir(sample(t, "stitching"))
	store := objectStore(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Condition: func(what string) (bool, error) {
			if what != "s3" {
				return false, fmt.Errorf("unknown condition %q", what)
			}
			return store.server != nil, nil
		},
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, gitEnvironment()...)
			e.Setenv("DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("RHAPTOS_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("UPDATA", filepath.Join(e.WorkDir, "updata"))
			e.Setenv("SAMPLE", samples)
			e.Values[scenarioKey{}] = &scenario{}
			e.Defer(func() { e.Values[scenarioKey{}].(*scenario).end(e.T(), e.Getenv("DATA")) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":    scriptServe,
			"upstream": scriptUpstream,
			"halt":     scriptHalt,
			"crash":    scriptCrash,
			"get":      scriptGet,
			"post":     scriptPost,
			"await":    scriptAwait,
			"sign":     scriptSign,
			"receiver": scriptReceiver,
			"received": scriptReceived,
			"postgres": scriptPostgres,
			"setenv":   scriptSetenv,
			"bucket":   store.scriptBucket,
			"spoil":    store.scriptSpoil,
		},
	})
}

type scenarioKey struct{}

// scenario has the processes of a script.
type scenario struct {
	server   *instance
	upstream *instance
	started  []*instance // also those that have ended
	receiver *receiver
}

func (s *scenario) end(t testscript.T, data string) {
	if s.receiver != nil {
		s.receiver.listener.Close()
	}
	if s.server != nil {
		if err := s.server.stop(); err != nil {
			t.Log("stop:", err)
		}
		t.Log("the server said:\n" + s.server.out.String())
	}
	if s.upstream != nil {
		if err := s.upstream.stop(); err != nil {
			t.Log("stop the upstream:", err)
		}
		t.Log("the upstream said:\n" + s.upstream.out.String())
	}
	for _, started := range s.started {
		if secret := secretIn(started.out.String()); secret != "" {
			t.Fatal("the server's log has a secret: " + secret)
		}
	}
	if secret, err := tokenInDatabase(data); secret != "" || err != nil {
		t.Fatal("the database has a token: ", secret, err)
	}
}

func of(ts *testscript.TestScript) *scenario { return ts.Value(scenarioKey{}).(*scenario) }

func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	program, err := exec.LookPath("rhaptos")
	ts.Check(err)
	s, err := serve(program, ts.Getenv("DATA"), nil, args...)
	if neg {
		if err == nil {
			s.kill()
			ts.Fatalf("the server started")
		}
		fmt.Fprintln(ts.Stderr(), err)
		return
	}
	ts.Check(err)
	of(ts).server = s
	of(ts).started = append(of(ts).started, s)
	host, port, err := net.SplitHostPort(s.ssh)
	ts.Check(err)
	ts.Setenv("URL", s.url)
	ts.Setenv("HOST", strings.TrimPrefix(s.url, "http://"))
	ts.Setenv("SSHHOST", host)
	ts.Setenv("SSHPORT", port)
	fmt.Fprint(ts.Stdout(), s.out.String())
}

func scriptUpstream(ts *testscript.TestScript, _ bool, args []string) {
	program, err := exec.LookPath("rhaptos")
	ts.Check(err)
	s, err := serve(program, ts.Getenv("UPDATA"), nil, args...)
	ts.Check(err)
	of(ts).upstream = s
	of(ts).started = append(of(ts).started, s)
	ts.Setenv("UPSTREAM", s.url)
	ts.Setenv("UPHOST", strings.TrimPrefix(s.url, "http://"))
}

func scriptHalt(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	ts.Check(s.server.stop())
	s.server = nil
}

func scriptCrash(ts *testscript.TestScript, _ bool, _ []string) {
	s := of(ts)
	s.server.kill()
	s.server = nil
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: get STATUS URL [HEADER]...")
	}
	request(ts, neg, http.MethodGet, args[0], args[1], "", args[2:])
}

func scriptPost(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: post STATUS URL BODY [HEADER]...")
	}
	request(ts, neg, http.MethodPost, args[0], args[1], args[2], args[3:])
}

func request(ts *testscript.TestScript, neg bool, method, status, url, body string, headers []string) {
	want, err := strconv.Atoi(status)
	ts.Check(err)
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	ts.Check(err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	ts.Check(err)
	defer resp.Body.Close()
	ts.Check(resp.Header.Write(ts.Stdout()))
	fmt.Fprintln(ts.Stdout())
	_, err = io.Copy(ts.Stdout(), resp.Body)
	ts.Check(err)
	if (resp.StatusCode == want) == neg {
		ts.Fatalf("%s %s: status %d", method, url, resp.StatusCode)
	}
}

func scriptAwait(ts *testscript.TestScript, _ bool, args []string) {
	status := http.StatusOK
	if len(args) > 1 {
		var err error
		status, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		body, err := awaitStatus(context.Background(), args[0], status)
		ts.Check(err)
		if len(args) < 3 || strings.Contains(body, args[2]) {
			fmt.Fprint(ts.Stdout(), body)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s still has no %q:\n%s", args[0], args[2], body)
		}
	}
}

func scriptSign(ts *testscript.TestScript, _ bool, args []string) {
	mac := hmac.New(sha256.New, []byte(args[0]))
	mac.Write([]byte(args[1]))
	ts.Setenv(args[2], hex.EncodeToString(mac.Sum(nil)))
}

func scriptSetenv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// receiver takes webhooks, after it has refused some.
type receiver struct {
	listener net.Listener
	mu       sync.Mutex
	refuse   int
	taken    []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse > 0 {
		r.refuse--
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	r.taken = append(r.taken, fmt.Sprintf("%s %s %s\n%s", req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp"),
		req.Header.Get("webhook-signature"), body))
}

func scriptReceiver(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	r := &receiver{listener: l, refuse: n}
	of(ts).receiver = r
	go http.Serve(l, r)
	ts.Setenv("RECEIVER", "http://"+l.Addr().String()+"/hook")
}

func scriptReceived(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	r := of(ts).receiver
	for range 1200 {
		r.mu.Lock()
		taken := strings.Join(r.taken, "\n")
		count := len(r.taken)
		r.mu.Unlock()
		if count >= n {
			fmt.Fprintln(ts.Stdout(), taken)
			if count > n {
				ts.Fatalf("%d deliveries", count)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("fewer than %d deliveries after a minute", n)
}
