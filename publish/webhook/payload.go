package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
)

// requestedRef reads the body of a trigger: the ref that it names, or "" if it
// names none. Next to JSON it takes the form encoding in which GitHub can wrap
// it, as the field payload. A body that can be read in two ways is refused.
func requestedRef(contentType string, body []byte) (ref string, err error) {
	mediaType := "application/json"
	if contentType != "" {
		if mediaType, _, err = mime.ParseMediaType(contentType); err != nil {
			return "", fmt.Errorf("the Content-Type cannot be read: %w", err)
		}
	}
	switch mediaType {
	case "application/json":
		return refOf(body)
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "", fmt.Errorf("the form cannot be read: %w", err)
		}
		if len(form["payload"]) != 1 {
			return "", errors.New("the form must have one field payload, which holds the JSON text")
		}
		return refOf([]byte(form.Get("payload")))
	}
	return "", fmt.Errorf("the media type %q is not understood: send application/json", mediaType)
}

// refOf is the member ref of a JSON object. Names are compared exactly and must
// not be doubled.
func refOf(text []byte) (ref string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return "", errors.New("the body must be a JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return "", notJSON(err)
		}
		key := name.(string) // in an object, what is in the place of a name is one
		if seen[key] {
			return "", fmt.Errorf("the body has two members %q", key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return "", notJSON(err)
		}
		if key == "ref" {
			if err := json.Unmarshal(value, &ref); err != nil {
				return "", errors.New("the member ref must be a string")
			}
		}
	}
	if _, err := d.Token(); err != nil {
		return "", notJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("something follows the JSON object")
	}
	return ref, nil
}

func notJSON(err error) error { return fmt.Errorf("the body is not JSON: %w", err) }
