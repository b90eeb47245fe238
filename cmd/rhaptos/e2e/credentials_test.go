package e2e

import (
	"cmp"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/web"
)

// gitRoute is one way to use a repository over HTTP.
type gitRoute struct {
	method, path string // the path below /OWNER/NAME.git/, with its query
	mediaType    string // of the request, and what is accepted
	body         string
	writes       bool
	status       int  // of the answer to those who may
	proposes     bool // those who may read reach it too, and are refused ref by ref
}

// gitRoutes are all of them, by the endpoint that the router knows, or the route
// that Git LFS has. Whoever adds one adds what may be done with it here.
func gitRoutes() map[string][]gitRoute {
	const lfsType = "application/vnd.git-lfs+json"
	object := "info/lfs/objects/" + strings.Repeat("0", 64)
	return map[string][]gitRoute{
		// Those who may are told that there is no such object or lock, or that
		// none can be.
		"POST info/lfs/objects/batch": {
			{"POST", "info/lfs/objects/batch", lfsType, `{"operation":"download"}`, false, 200, false},
			{"POST", "info/lfs/objects/batch", lfsType, `{"operation":"upload"}`, true, 200, false},
		},
		"GET info/lfs/objects/{}":         {{"GET", object, lfsType, "", false, 404, false}},
		"HEAD info/lfs/objects/{}":        {{"HEAD", object, lfsType, "", false, 404, false}},
		"PUT info/lfs/objects/{}":         {{"PUT", object, lfsType, "x", true, 422, false}},
		"POST info/lfs/objects/{}/verify": {{"POST", object + "/verify", lfsType, "{}", true, 404, false}},
		"GET info/lfs/locks":              {{"GET", "info/lfs/locks", lfsType, "", false, 200, false}},
		"POST info/lfs/locks":             {{"POST", "info/lfs/locks", lfsType, "{}", true, 422, false}},
		"POST info/lfs/locks/verify":      {{"POST", "info/lfs/locks/verify", lfsType, "{}", true, 200, false}},
		"POST info/lfs/locks/{}/unlock":   {{"POST", "info/lfs/locks/x/unlock", lfsType, "{}", true, 404, false}},
		"info/refs": {
			{"GET", "info/refs?service=git-upload-pack", "", "", false, 200, false},
			{"GET", "info/refs?service=git-receive-pack", "", "", true, 200, true},
		},
		"git-upload-pack":    {{"POST", "git-upload-pack", "application/x-git-upload-pack-request", "0000", false, 200, false}},
		"git-upload-archive": {{"POST", "git-upload-archive", "application/x-git-upload-archive-request", "0000", false, 200, false}},
		"git-receive-pack":   {{"POST", "git-receive-pack", "application/x-git-receive-pack-request", "0000", true, 200, true}},
	}
}

// credential is how a request says who sends it, and the status that comes of
// it; 0 is that of those who may.
type credential struct {
	name                string
	set                 func(*http.Request)
	read, write         int  // the private repository
	readOpen, writeOpen int  // the public one
	proposes            bool // in what may be read, changes may be proposed (docs/together.md)
}

// Every route of git, with every kind of credential, is answered as the one
// table says (H8); and none of the tokens is found in the log or the database
// afterwards (H9).
func TestRoutesAndCredentials(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, args := range []string{
		"user add ann", "user add bob", "user add carl", "repo create ann/secret --private", "repo create ann/open",
		"grant ann/secret carl reader", "grant ann/open carl reader",
	} {
		rhaptos(t, data, strings.Fields(args)...)
	}
	s := start(t, data, "--verbose", "--wrong-credentials", "10000")
	token := func(args string) string {
		return rhaptos(t, data, append([]string{"token", "create"}, strings.Fields(args)...)...)
	}
	anns, reads, bobs, carls, admin := token("ann"), token("ann --scope read"), token("bob"), token("carl"), token("ann --scope admin")
	revoked, expired := token("ann"), token("ann --expires 1ms")
	rhaptos(t, data, "token", "revoke", strings.Split(revoked, "_")[1])
	basic := func(name, token string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(name, token) }
	}
	header := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header["Authorization"] = values }
	}
	credentials := []credential{
		{"none", func(*http.Request) {}, 401, 401, 0, 401, false},
		{"basic", basic("ann", anns), 0, 0, 0, 0, false},
		{"bearer", header("Bearer " + anns), 0, 0, 0, 0, false},
		{"bearer in lower case", header("bearer " + anns), 0, 0, 0, 0, false},
		{"scope admin", basic("ann", admin), 0, 0, 0, 0, false},
		{"read-only, basic", basic("ann", reads), 0, 403, 0, 403, false},
		{"read-only, bearer", header("Bearer " + reads), 0, 403, 0, 403, false},
		{"wrong repository", basic("bob", bobs), 404, 404, 0, 403, true},
		{"wrong repository, bearer", header("Bearer " + bobs), 404, 404, 0, 403, true},
		{"reader", basic("carl", carls), 0, 403, 0, 403, true},
		{"expired, basic", basic("ann", expired), 401, 401, 401, 401, false},
		{"expired, bearer", header("Bearer " + expired), 401, 401, 401, 401, false},
		{"revoked, basic", basic("ann", revoked), 401, 401, 401, 401, false},
		{"revoked, bearer", header("Bearer " + revoked), 401, 401, 401, 401, false},
		{"another's name", basic("bob", anns), 401, 401, 401, 401, false},
		{"no name", basic("", anns), 401, 401, 401, 401, false},
		{"the public part", basic("ann", strings.Split(anns, "_")[1]), 401, 401, 401, 401, false},
		{"another scheme", header("Digest " + anns), 401, 401, 401, 401, false},
		{"two headers", header("Bearer "+anns, "Bearer "+bobs), 401, 401, 401, 401, false},
	}
	routes := gitRoutes()
	for _, endpoint := range append(web.GitEndpoints(), lfs.Routes()...) {
		if len(routes[endpoint]) == 0 {
			t.Errorf("the endpoint %s is not in the table", endpoint)
		}
	}
	for _, list := range routes {
		for _, route := range list {
			for _, c := range credentials {
				for _, repo := range []string{"ann/secret", "ann/open"} {
					want := c.status(route, repo == "ann/open")
					if got := s.use(t, route, repo, c); got != want {
						t.Errorf("%s %s/%s, %s: %d, want %d", route.method, repo, route.path, c.name, got, want)
					}
				}
			}
		}
	}
	for _, path := range viewRoutes {
		for _, c := range credentials {
			want := 200
			if c.readOpen == http.StatusUnauthorized {
				want = c.readOpen
			}
			if got := s.request(t, "GET", path, "", "", c); got != want {
				t.Errorf("GET %s, %s: %d, want %d", path, c.name, got, want)
			}
		}
	}
	log := s.out.String()
	for _, secret := range []string{anns, reads, bobs, carls, admin, revoked, expired} {
		if strings.Contains(log, secret) || strings.Contains(log, strings.Split(secret, "_")[2]) {
			t.Error("a token is in the log")
		}
	}
	if found := secretIn(log); found != "" {
		t.Errorf("the log has %s", found)
	}
	if found, err := tokenInDatabase(data); found != "" || err != nil {
		t.Errorf("a token is in the database: %s, %v", found, err)
	}
}

// status returns the status of the response to the credential.
func (c credential) status(route gitRoute, open bool) int {
	status := map[[2]bool]int{{false, false}: c.read, {true, false}: c.write, {false, true}: c.readOpen, {true, true}: c.writeOpen}[[2]bool{route.writes, open}]
	if reads := map[bool]int{false: c.read, true: c.readOpen}[open]; route.proposes && c.proposes && reads == 0 {
		return route.status
	}
	return cmp.Or(status, route.status)
}

// viewRoutes are pages that everyone may see, and that show what they may see.
var viewRoutes = []string{"/", "/-/releases.atom", "/sitemap.xml", "/search?q=x", "/search.json?q=x", "/ann/open", "/ann/open/-/releases"}

// use sends one request to a route of git.
func (s *instance) use(t *testing.T, route gitRoute, repo string, c credential) int {
	t.Helper()
	return s.request(t, route.method, "/"+repo+".git/"+route.path, route.mediaType, route.body, c)
}

// request sends one request and returns the status.
func (s *instance) request(t *testing.T, method, path, mediaType, body string, c credential) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
		req.Header.Set("Accept", mediaType)
	}
	c.set(req)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if found := secretIn(string(content)); found != "" {
		t.Errorf("%s %s: the answer has %s", method, path, found)
	}
	if resp.StatusCode == http.StatusUnauthorized && resp.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("%s %s: 401 without WWW-Authenticate", method, path)
	}
	return resp.StatusCode
}

// An address that sends many wrong credentials has to wait, whichever part of the
// server it asks. Other addresses need not, nor who has shown right ones before.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	rhaptos(t, data, "user", "add", "ann")
	rhaptos(t, data, "user", "add", "bob")
	rhaptos(t, data, "repo", "create", "ann/open")
	anns, bobs := rhaptos(t, data, "token", "create", "ann"), rhaptos(t, data, "token", "create", "bob")
	s := start(t, data, "--trusted-proxies", "127.0.0.0/8", "--wrong-credentials", "6")
	from := func(address, name, token string) credential {
		return credential{set: func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", address)
			if name != "" {
				r.SetBasicAuth(name, token)
			}
		}}
	}
	const attacker, neighbour, elsewhere = "2001:db8:1:2::3", "2001:db8:1:2:a:b:c:d", "198.51.100.7"
	paths := []string{"/", "/ann/open", "/ann/open.git/info/refs?service=git-upload-pack", "/ann/open.git/info/lfs/locks", "/search?q=x", "/-/flow/traffic"}
	get := func(path string, c credential) int { return s.request(t, "GET", path, "", "", c) }
	if got := get("/", from(neighbour, "bob", bobs)); got != 200 {
		t.Fatalf("right credentials: %d", got)
	}
	for i, path := range paths { // the count is one for all of them
		if got := get(path, from(attacker, "ann", strings.Repeat("x", i+1))); got != 401 {
			t.Errorf("GET %s, wrong credentials %d: %d, want 401", path, i+1, got)
		}
	}
	for _, path := range paths {
		for _, c := range []struct {
			name string
			credential
			status int
		}{
			{"wrong credentials", from(attacker, "ann", "y"), 429},
			{"right credentials, from the same address", from(neighbour, "ann", anns), 429},
			{"right credentials, shown before", from(neighbour, "bob", bobs), 200},
			{"right credentials, from another address", from(elsewhere, "ann", anns), 200},
			{"wrong credentials, from another address", from("192.0.2."+strconv.Itoa(len(path)), "ann", "y"), 401},
			{"no credentials", from(attacker, "", ""), 200},
		} {
			if path == "/-/flow/traffic" && c.status == 200 {
				continue // for operators
			}
			if got := get(path, c.credential); got != c.status {
				t.Errorf("GET %s, %s: %d, want %d", path, c.name, got, c.status)
			}
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/ann/open", nil)
	if err != nil {
		t.Fatal(err)
	}
	from(attacker, "ann", "z").set(r)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if wait, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 || response.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("%s with %v, want a Retry-After of at most a minute and no challenge", response.Status, response.Header)
	}
	if log := s.out.String(); strings.Count(log, "many wrong credentials") != 1 || !strings.Contains(log, "2001:db8:1:2::/64") {
		t.Errorf("the log is:\n%s", log)
	}
}
