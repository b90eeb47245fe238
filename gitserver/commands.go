package gitserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/pushcert"
)

// Bounds of what a push may ask for.
const (
	maxRequest       = 32 << 20 // bytes of all that precedes the pack
	maxCommands      = 150_000
	maxCommandLength = 32 << 10 // what is read must fit into a line of the report
	maxPushOptions   = 64
	maxOptionLength  = 4 << 10
	maxCertificate   = 4 << 20
)

// errProtocol says that the client does not speak the protocol.
var errProtocol = errors.New("protocol error")

func protocolError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errProtocol, fmt.Sprintf(format, args...))
}

// reportStatus2 is a capability that packp has no name for.
const reportStatus2 capability.Capability = "report-status-v2"

// offered are the capabilities that a client may ask for.
var offered = []capability.Capability{
	capability.ReportStatus, reportStatus2, capability.DeleteRefs, capability.Sideband64k, capability.Quiet, capability.Atomic,
	capability.OFSDelta, capability.PushOptions, "object-format", capability.Agent,
}

// request holds the commands and push options, which precede the pack.
type request struct {
	updates      []*RefUpdate
	capabilities *capability.List
	options      []string // push options, verbatim
	shallow      bool     // the client's history does not go back to the beginning
	certificate  *pushcert.Certificate
}

func (r *request) supports(c capability.Capability) bool { return r.capabilities.Supports(c) }

// readRequest reads the part of a push that precedes the pack: commands with
// capabilities, or a push certificate that holds them, then push options if they
// were agreed upon (see "Reference Update Request and Packfile Transfer" in
// gitprotocol-pack(5)). It consumes nothing behind that. A request without
// commands (a bare flush, as a client sends it to probe) gives nil. Beside an
// error there is what was understood until then, which may be nil.
//
// packp's own decoder is not used: it splits names at white space, knows no
// certificates, and leaves push options in front of the pack.
func readRequest(r io.Reader) (*request, error) {
	req := &request{capabilities: capability.NewList()}
	packets := pktline.NewReader(r, maxRequest)
	for first := true; ; {
		kind, line, err := packets.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, protocolError("the request ended before its ref updates")
		case err != nil:
			return nil, protocolError("%v", err)
		case kind == pktline.Flush && len(req.updates) == 0:
			return nil, nil
		case kind == pktline.Flush:
			refuseDuplicates(req.updates)
			return req, req.readOptions(packets)
		case kind != pktline.Data:
			return nil, protocolError("a special packet of protocol version 2 among the ref updates")
		}
		// A shallow clone says where its history ends. Whether ours goes on from
		// there shows when the objects are checked.
		if bytes.HasPrefix(line, []byte("shallow ")) {
			req.shallow = true
			continue
		}
		if first {
			if line, err = req.readCapabilities(line); err != nil {
				return nil, err
			}
			first = false
			if string(line) == "push-cert" {
				if err := req.readCertificate(packets); err != nil {
					return nil, err
				}
				continue
			}
		}
		if req.certificate != nil {
			return nil, protocolError("ref updates beside the push certificate")
		}
		if err := req.readCommand(line); err != nil {
			return nil, err
		}
	}
}

// readCapabilities reads what follows NUL on the first line, and returns what
// precedes it.
func (r *request) readCapabilities(line []byte) ([]byte, error) {
	line, text, ok := bytes.Cut(line, []byte{0})
	if !ok {
		return line, nil
	}
	if err := r.capabilities.Decode(bytes.TrimSuffix(text, []byte{'\n'})); err != nil {
		return nil, protocolError("capabilities: %v", err)
	}
	for _, c := range r.capabilities.All() {
		if !slices.Contains(offered, c) {
			return nil, protocolError("the capability %.60q was not offered", string(c))
		}
	}
	if format := r.capabilities.Get("object-format"); len(format) > 0 && (len(format) > 1 || format[0] != "sha1") {
		return nil, protocolError("objects are named by sha1 here, not by %.60q", strings.Join(format, " "))
	}
	return line, nil
}

// readCertificate reads the lines of a push certificate, each a packet.
func (r *request) readCertificate(packets *pktline.Reader) error {
	var text bytes.Buffer
	for {
		kind, line, err := packets.Next()
		switch {
		case err != nil:
			return protocolError("the push certificate does not end: %v", err)
		case kind != pktline.Data:
			return protocolError("the push certificate does not end")
		case string(line) == "push-cert-end\n", string(line) == "push-cert-end":
			if r.certificate, err = pushcert.Parse(text.Bytes()); err != nil {
				return protocolError("%v", err)
			}
			for _, command := range r.certificate.Commands {
				if err := r.readCommand([]byte(command)); err != nil {
					return err
				}
			}
			return nil
		case text.Len()+len(line) > maxCertificate:
			return protocolError("the push certificate is longer than %d bytes", maxCertificate)
		}
		text.Write(line)
	}
}

// readCommand reads OLD SP NEW SP NAME.
func (r *request) readCommand(line []byte) error {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	const id = 40
	if len(line) < 2*id+3 || line[id] != ' ' || line[2*id+1] != ' ' {
		return protocolError("malformed ref update %.200q", line)
	}
	if len(line) > maxCommandLength {
		return protocolError("a ref update is longer than %d bytes", maxCommandLength)
	}
	oldID, newID := string(line[:id]), string(line[id+1:2*id+1])
	if !plumbing.IsHash(oldID) || !plumbing.IsHash(newID) {
		return protocolError("malformed object id in %.200q", line)
	}
	if len(r.updates) == maxCommands {
		return protocolError("more than %d ref updates in one push", maxCommands)
	}
	u := &RefUpdate{Name: string(line[2*id+2:]), Old: plumbing.NewHash(oldID), New: plumbing.NewHash(newID)}
	if u.Refused = checkRefName(u.Name); u.Refused == "" && u.Creates() && !strings.HasPrefix(u.Name, ForPrefix) {
		u.Refused = checkNewRef(u.Name)
	}
	r.updates = append(r.updates, u)
	return nil
}

// readOptions reads the push options. They are delivered as they are, so what
// could be misread by whoever they are delivered to is not taken.
func (r *request) readOptions(packets *pktline.Reader) error {
	if r.supports(capability.PushOptions) {
		if err := r.readOptionLines(packets); err != nil {
			return err
		}
	}
	if r.certificate != nil && !slices.Equal(r.certificate.Options, r.options) {
		return protocolError("the push options are not those of the push certificate")
	}
	return nil
}

func (r *request) readOptionLines(packets *pktline.Reader) error {
	var bad error
	for {
		kind, line, err := packets.Next()
		switch {
		case err != nil:
			return protocolError("the push options do not end: %v", err)
		case kind == pktline.Flush:
			return bad
		case kind != pktline.Data:
			return protocolError("a special packet of protocol version 2 among the push options")
		}
		option := string(bytes.TrimSuffix(line, []byte{'\n'}))
		switch {
		case len(r.options) == maxPushOptions:
			return protocolError("more than %d push options", maxPushOptions)
		case len(option) > maxOptionLength:
			bad = protocolError("a push option is longer than %d bytes", maxOptionLength)
		case !utf8.ValidString(option), strings.ContainsFunc(option, func(r rune) bool { return !unicode.IsPrint(r) }):
			bad = protocolError("the push option %.200q is not plain text", option)
		}
		r.options = append(r.options, option)
	}
}

// refuseDuplicates refuses updates of one ref that come together: their order
// means nothing.
func refuseDuplicates(list []*RefUpdate) {
	seen := map[string]*RefUpdate{}
	for _, u := range list {
		if other := seen[u.Name]; other != nil {
			u.Refused, other.Refused = "multiple updates for one ref", "multiple updates for one ref"
		}
		seen[u.Name] = u
	}
}

// wantsPack reports whether a pack follows the commands: always, unless all of
// them delete.
func wantsPack(list []*RefUpdate) bool {
	for _, u := range list {
		if !u.Deletes() {
			return true
		}
	}
	return false
}
