package gitserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// Bounds of what a push may ask for.
const (
	maxCommands     = 10_000
	maxPushOptions  = 64
	maxOptionLength = 4 << 10
)

// errProtocol says that the client does not speak the protocol.
var errProtocol = errors.New("protocol error")

// readCommands reads the part of a push that precedes the pack: commands with
// capabilities, then push options if they were agreed upon (see "Reference
// Update Request and Packfile Transfer" in gitprotocol-pack(5)). It consumes
// nothing behind that. A request without commands (a bare flush, as a client
// sends it to probe) gives nil.
//
// packp's own decoder is not used: it splits names at white space and leaves
// push options in front of the pack.
func readCommands(r io.Reader) (*packp.ReferenceUpdateRequest, error) {
	req := packp.NewReferenceUpdateRequest()
	lines := pktline.NewScanner(r)
	shallows := 0
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 { // flush
			if len(req.Commands) == 0 {
				return nil, nil
			}
			return req, readOptions(req, lines)
		}
		if bytes.HasPrefix(line, []byte("shallow ")) {
			// A shallow clone says where its history ends. Whether ours goes on
			// from there shows in the connectivity check.
			if shallows++; shallows > maxCommands {
				return nil, fmt.Errorf("%w: more than %d shallow lines", errProtocol, maxCommands)
			}
			continue
		}
		if len(req.Commands) == maxCommands {
			return nil, fmt.Errorf("%w: more than %d ref updates in one push", errProtocol, maxCommands)
		}
		if err := readCommand(req, line); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %v", errProtocol, err)
	}
	return nil, fmt.Errorf("%w: the request ended before its ref updates", errProtocol)
}

// readCommand reads OLD SP NEW SP NAME, on the first line followed by NUL and
// the capabilities.
func readCommand(req *packp.ReferenceUpdateRequest, line []byte) error {
	if len(req.Commands) == 0 {
		if command, capabilities, ok := bytes.Cut(line, []byte{0}); ok {
			if err := req.Capabilities.Decode(bytes.TrimSuffix(capabilities, []byte{'\n'})); err != nil {
				return fmt.Errorf("%w: capabilities: %v", errProtocol, err)
			}
			line = command
		}
	}
	line = bytes.TrimSuffix(line, []byte{'\n'})
	const id = 40
	if len(line) < 2*id+3 || line[id] != ' ' || line[2*id+1] != ' ' {
		return fmt.Errorf("%w: malformed ref update %q", errProtocol, line)
	}
	oldID, newID := string(line[:id]), string(line[id+1:2*id+1])
	if !plumbing.IsHash(oldID) || !plumbing.IsHash(newID) {
		return fmt.Errorf("%w: malformed object id in %q", errProtocol, line)
	}
	req.Commands = append(req.Commands, &packp.Command{
		Name: plumbing.ReferenceName(line[2*id+2:]),
		Old:  plumbing.NewHash(oldID),
		New:  plumbing.NewHash(newID),
	})
	return nil
}

func readOptions(req *packp.ReferenceUpdateRequest, lines *pktline.Scanner) error {
	if !req.Capabilities.Supports(capability.PushOptions) {
		return nil
	}
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			return nil
		}
		if len(req.Options) == maxPushOptions || len(line) > maxOptionLength {
			return fmt.Errorf("%w: at most %d push options of %d bytes", errProtocol, maxPushOptions, maxOptionLength)
		}
		option := string(bytes.TrimSuffix(line, []byte{'\n'}))
		if i := bytes.IndexFunc(line[:len(option)], func(r rune) bool { return r < 0x20 || r == 0x7f }); i >= 0 {
			return fmt.Errorf("%w: control character in push option %q", errProtocol, option)
		}
		req.Options = append(req.Options, &packp.Option{Key: option})
	}
	return fmt.Errorf("%w: the push options do not end", errProtocol)
}

// updates turns the commands into ref updates, refusing those whose name or
// combination cannot be.
func updates(req *packp.ReferenceUpdateRequest) []*RefUpdate {
	seen := map[string]*RefUpdate{}
	var list []*RefUpdate
	for _, c := range req.Commands {
		u := &RefUpdate{Name: c.Name.String(), Old: c.Old, New: c.New}
		u.Refused = CheckRefName(u.Name)
		if other := seen[u.Name]; other != nil {
			u.Refused, other.Refused = "multiple updates for one ref", "multiple updates for one ref"
		}
		seen[u.Name] = u
		list = append(list, u)
	}
	return list
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
