package s3test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Lie is a promise that a [Lying] store breaks.
type Lie string

// The lies.
const (
	IgnoresCondition Lie = "ignores If-None-Match"
	LateCondition    Lie = "looks before it locks" // so two that create an object at once both succeed
	IgnoresChecksum  Lie = "ignores checksums"
	StaleRead        Lie = "does not see a new object at once"
	StaleList        Lie = "does not list a new object at once"
	DeletedRead      Lie = "still reads a deleted object"
	DeletedList      Lie = "still lists a deleted object"
	Undeletable      Lie = "forbids deletion"
	Expires          Lie = "has a lifecycle rule that deletes blobs"
	NoBucket         Lie = "has no such bucket"
)

// Lying is a store in memory that knows just enough of S3 to break one promise. It does
// not look at signatures.
type Lying struct {
	Endpoint *url.URL
	lie      Lie

	mu      sync.Mutex
	objects map[string]lyingObject
	deleted map[string]lyingObject
}

type lyingObject struct {
	data    []byte
	written time.Time
}

// StartLying starts a store that tells one lie, or none.
func StartLying(t testing.TB, lie Lie) *Lying {
	l := &Lying{lie: lie, objects: map[string]lyingObject{}, deleted: map[string]lyingObject{}}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	endpoint, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	l.Endpoint = endpoint
	return l
}

// Keys returns the keys of all objects.
func (l *Lying) Keys() (keys []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key := range l.objects {
		keys = append(keys, key)
	}
	return keys
}

// ServeHTTP implements [http.Handler].
func (l *Lying) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case l.lie == NoBucket:
		fail(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && r.Method == http.MethodHead:
	case key == "" && r.URL.Query().Has("lifecycle"):
		l.lifecycle(w)
	case key == "" && r.URL.Query().Has("versioning"):
		io.WriteString(w, `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`)
	case key == "":
		l.list(w, r.URL.Query().Get("prefix"))
	case r.Method == http.MethodPut:
		l.put(w, r, key)
	case r.Method == http.MethodDelete:
		l.remove(w, key)
	default:
		l.get(w, key)
	}
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	io.WriteString(w, "<Error><Code>"+code+"</Code><Message>"+code+"</Message></Error>")
}

func (l *Lying) lifecycle(w http.ResponseWriter) {
	if l.lie != Expires {
		fail(w, http.StatusNotFound, "NoSuchLifecycleConfiguration")
		return
	}
	io.WriteString(w, `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>old</ID><Status>Enabled</Status>`+
		`<Filter><Prefix></Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>`)
}

func (l *Lying) put(w http.ResponseWriter, r *http.Request, key string) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	sum := sha256.Sum256(data)
	if want := r.Header.Get("X-Amz-Checksum-Sha256"); want != base64.StdEncoding.EncodeToString(sum[:]) && l.lie != IgnoresChecksum {
		fail(w, http.StatusBadRequest, "BadDigest")
		return
	}
	create := r.Header.Get("If-None-Match") == "*" && l.lie != IgnoresCondition
	l.mu.Lock()
	_, there := l.objects[key]
	if l.lie == LateCondition {
		l.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		l.mu.Lock()
	}
	defer l.mu.Unlock()
	if create && there {
		fail(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	l.objects[key] = lyingObject{data, time.Now()}
	w.Header().Set("ETag", `"etag"`)
}

func (l *Lying) get(w http.ResponseWriter, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, there := l.objects[key]
	if l.lie == StaleRead && time.Since(o.written) < time.Second {
		there = false
	}
	if old, ok := l.deleted[key]; ok && !there && l.lie == DeletedRead {
		o, there = old, true
	}
	if !there {
		fail(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("ETag", `"etag"`)
	w.Header().Set("Last-Modified", o.written.UTC().Format(http.TimeFormat))
	w.Write(o.data)
}

func (l *Lying) remove(w http.ResponseWriter, key string) {
	if l.lie == Undeletable {
		fail(w, http.StatusForbidden, "AccessDenied")
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if o, ok := l.objects[key]; ok {
		l.deleted[key] = o
	}
	delete(l.objects, key)
	w.WriteHeader(http.StatusNoContent)
}

func (l *Lying) list(w http.ResponseWriter, prefix string) {
	type entry struct {
		Key          string
		LastModified string
		Size         int
		ETag         string
	}
	var result struct {
		XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
		Prefix   string
		Contents []entry
	}
	result.Prefix = prefix
	l.mu.Lock()
	defer l.mu.Unlock()
	add := func(objects map[string]lyingObject) {
		for key, o := range objects {
			if strings.HasPrefix(key, prefix) && (l.lie != StaleList || time.Since(o.written) > time.Second) {
				result.Contents = append(result.Contents, entry{key, o.written.UTC().Format(time.RFC3339), len(o.data), "etag"})
			}
		}
	}
	add(l.objects)
	if l.lie == DeletedList {
		add(l.deleted)
	}
	slices.SortFunc(result.Contents, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
	_ = xml.NewEncoder(w).Encode(result)
}
