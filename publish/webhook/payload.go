package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish"
)

// order is the request of a delivery.
type order struct {
	ref   string // full name; empty: it does not say
	event bool   // a service reports what happened; otherwise a program asks for this ref
	gone  bool   // the ref was deleted where the delivery comes from
	idle  string // why there is nothing to do; empty if there is
}

// sender is a kind of program that delivers to triggers.
type sender struct {
	name  string   // in the words of its makers
	event string   // header field with the event; empty: the payload says it
	acts  []string // events about which there is something to do
	read  func(payload map[string]any) (order, error)
}

// senders are those whose payloads are understood, those first whose requests
// look like others' as well.
var senders = []sender{
	{"GitLab", "X-Gitlab-Event", []string{"Push Hook", "Tag Push Hook"}, readGitLab},
	{"Forgejo", "X-Forgejo-Event", []string{"push"}, readGitHub},
	{"Gitea", "X-Gitea-Event", []string{"push"}, readGitHub},
	{"GitHub", "X-Github-Event", []string{"push"}, readGitHub},
	{"Standard Webhooks", "Webhook-Id", nil, readStandard},
	{"another program", "", nil, readGitHub},
}

// readOrder reads what a delivery asks for, by its header and body. Next to JSON
// it takes the form encoding in which GitHub and Gitea can wrap it, as the field
// payload. A body that can be read in two ways is refused.
func readOrder(header http.Header, body []byte) (order, error) {
	i := slices.IndexFunc(senders, func(s sender) bool { return s.event == "" || header.Get(s.event) != "" })
	from := senders[i]
	if len(from.acts) > 0 {
		if event := header.Get(from.event); !slices.Contains(from.acts, event) {
			return order{idle: fmt.Sprintf("nothing to do for the event %q", event)}, nil
		}
	}
	text, err := payloadText(header.Get("Content-Type"), body)
	if err != nil {
		return order{}, err
	}
	payload, err := parseObject(text)
	if err != nil {
		return order{}, err
	}
	o, err := from.read(payload)
	if err != nil {
		return order{}, fmt.Errorf("as %s sends it: %w", from.name, err)
	}
	o.event = from.event != ""
	return o, nil
}

func payloadText(contentType string, body []byte) ([]byte, error) {
	mediaType := "application/json"
	if contentType != "" {
		var err error
		if mediaType, _, err = mime.ParseMediaType(contentType); err != nil {
			return nil, fmt.Errorf("the Content-Type cannot be read: %w", err)
		}
	}
	switch mediaType {
	case "application/json":
		return body, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fmt.Errorf("the form cannot be read: %w", err)
		}
		if len(form["payload"]) != 1 {
			return nil, errors.New("the form must have one field payload, which holds the JSON text")
		}
		return []byte(form.Get("payload")), nil
	}
	return nil, fmt.Errorf("the media type %q is not understood: send application/json", mediaType)
}

// readGitHub reads a push as GitHub, Gitea and Forgejo send it
// (docs.github.com, "Webhook events and payloads", push): ref, after, deleted.
func readGitHub(payload map[string]any) (o order, err error) {
	if o.ref, err = member[string](payload, "ref", "a string"); err != nil {
		return order{}, err
	}
	if o.gone, err = member[bool](payload, "deleted", "true or false"); err != nil {
		return order{}, err
	}
	after, err := member[string](payload, "after", "a string")
	o.gone = o.gone || noObject(after)
	return o, err
}

// readGitLab reads a push as GitLab sends it (docs.gitlab.com, "Webhook events",
// push and tag push events): object_kind, ref, after.
func readGitLab(payload map[string]any) (o order, err error) {
	kind, err := member[string](payload, "object_kind", "a string")
	if err != nil {
		return order{}, err
	}
	if kind != "push" && kind != "tag_push" {
		return order{}, fmt.Errorf("object_kind is %.100q, and the event is a push", kind)
	}
	if o.ref, err = member[string](payload, "ref", "a string"); err != nil {
		return order{}, err
	}
	after, err := member[string](payload, "after", "a string")
	o.gone = noObject(after)
	return o, err
}

// uneventful are the types of our own events after which nothing is new.
var uneventful = []string{publish.PushRefused, publish.PublicationFailed, publish.ReleaseWithdrawn, publish.ReleaseBlocked, publish.ReleaseRestored}

// readStandard reads the payload that Standard Webhooks recommend: type,
// timestamp, data. A program of this kind names the ref in data; others may
// name it beside.
func readStandard(payload map[string]any) (o order, err error) {
	kind, err := member[string](payload, "type", "a string")
	switch {
	case err != nil:
		return order{}, err
	case kind == "ping", strings.HasSuffix(kind, ".ping"), slices.Contains(uneventful, kind):
		return order{idle: fmt.Sprintf("nothing to do for the event %q", kind)}, nil
	}
	if o.ref, err = member[string](payload, "ref", "a string"); err != nil || o.ref != "" {
		return o, err
	}
	data, err := member[map[string]any](payload, "data", "an object")
	if err != nil {
		return order{}, err
	}
	o.ref, err = member[string](data, "ref", "a string")
	return o, err
}

// member is a member of an object; the zero value if it is not there or null.
func member[T any](object map[string]any, name, what string) (value T, err error) {
	found, ok := object[name]
	if !ok || found == nil {
		return value, nil
	}
	if value, ok = found.(T); !ok {
		return value, fmt.Errorf("the member %s must be %s", name, what)
	}
	return value, nil
}

// noObject reports whether an object id is all zeros, as that of a ref that was
// deleted.
func noObject(id string) bool { return len(id) >= 40 && strings.Trim(id, "0") == "" }

// maxNesting limits the nesting of a payload's values.
const maxNesting = 64

// parseObject reads a JSON object. Names are compared exactly and must not be
// doubled, at whatever depth: parsers differ about which of two counts.
func parseObject(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	open, err := d.Token()
	if err != nil || open != json.Delim('{') {
		return nil, errors.New("the body must be a JSON object")
	}
	object, err := parseMembers(d, 1)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return object, nil
}

func parseMembers(d *json.Decoder, depth int) (map[string]any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name := token.(string) // in an object, what is in the place of a name is one
		if _, ok := object[name]; ok {
			return nil, fmt.Errorf("an object in the body has two members %.100q", name)
		}
		if object[name], err = parseValue(d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, notJSON(err)
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	open, nested := token.(json.Delim)
	switch {
	case err != nil:
		return nil, notJSON(err)
	case !nested:
		return token, nil
	case depth == maxNesting:
		return nil, fmt.Errorf("the body is nested more than %d deep", maxNesting)
	case open == '{':
		return parseMembers(d, depth+1)
	}
	list := []any{}
	for d.More() {
		value, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err = d.Token()
	return list, notJSON(err)
}

func notJSON(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the body is not JSON: %w", err)
}
