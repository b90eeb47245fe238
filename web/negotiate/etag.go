package negotiate

import "strings"

// ETag is an entity tag (8.8.3).
type ETag struct {
	Weak   bool
	Opaque string // with its quotes
}

// ParseETag parses one entity tag and nothing else.
func ParseETag(s string) (ETag, bool) {
	tag, rest, ok := cutETag(s)
	return tag, ok && rest == ""
}

// String returns the tag as ETag has it.
func (t ETag) String() string {
	if t.Weak {
		return "W/" + t.Opaque
	}
	return t.Opaque
}

// StrongMatch compares strongly: the tags are equal, and neither is weak
// (8.8.3.2).
func (t ETag) StrongMatch(u ETag) bool { return !t.Weak && !u.Weak && t.Opaque == u.Opaque }

// WeakMatch compares weakly: the tags are equal, weak or not (8.8.3.2).
func (t ETag) WeakMatch(u ETag) bool { return t.Opaque == u.Opaque }

// ETagList is the value of If-Match or If-None-Match (13.1.1, 13.1.2).
type ETagList struct {
	Any  bool // "*"
	Tags []ETag
}

// ParseETagList parses If-Match or If-None-Match. False means that the field is
// malformed; then the list is empty and matches nothing, which makes If-Match
// fail and If-None-Match succeed: the safe answers.
func ParseETagList(values []string) (ETagList, bool) {
	s := trim(join(values))
	if s == "*" {
		return ETagList{Any: true}, true
	}
	var list ETagList
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return list, len(list.Tags) > 0
		}
		tag, rest, ok := cutETag(s)
		rest = strings.TrimLeft(rest, " \t")
		if !ok || rest != "" && rest[0] != ',' {
			return ETagList{}, false
		}
		list.Tags = append(list.Tags, tag)
		s = rest
	}
}

// cutETag takes an entity tag off the front of s.
func cutETag(s string) (tag ETag, rest string, ok bool) {
	s, weak := strings.CutPrefix(s, "W/")
	if s == "" || s[0] != '"' {
		return ETag{}, "", false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return ETag{weak, s[:i+1]}, s[i+1:], true
		case c <= ' ' || c == 0x7f:
			return ETag{}, "", false
		}
	}
	return ETag{}, "", false
}

// StrongMatch reports whether one of the tags matches t by the strong
// comparison, which is If-Match's.
func (l ETagList) StrongMatch(t ETag) bool {
	for _, u := range l.Tags {
		if u.StrongMatch(t) {
			return true
		}
	}
	return false
}

// WeakMatch reports whether one of the tags matches t by the weak comparison,
// which is If-None-Match's.
func (l ETagList) WeakMatch(t ETag) bool {
	for _, u := range l.Tags {
		if u.WeakMatch(t) {
			return true
		}
	}
	return false
}
