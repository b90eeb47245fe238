package ssh

import (
	"context"
	"errors"
	"strings"

	gliderssh "github.com/gliderlabs/ssh"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// lfsAuthenticate is the verb by which Git LFS asks for a way in over HTTP. It
// is followed by a path and an operation, and by older clients by an object's
// id, which means nothing.
const lfsAuthenticate = "git-lfs-authenticate"

func (s *Server) authenticateLFS(ctx context.Context, sess gliderssh.Session, p access.Principal, line string) int {
	words, err := Split(line)
	if err == nil && (len(words) < 3 || len(words) > 4) {
		err = errors.New(lfsAuthenticate + " takes a path and an operation")
	}
	if err != nil {
		say(sess.Stderr(), err.Error())
		return refusedStatus
	}
	owner, name, ok := gitserver.SplitPath(strings.TrimPrefix(words[1], "/"))
	if !ok {
		say(sess.Stderr(), "the path must be OWNER/NAME, or OWNER/NAME.git")
		return refusedStatus
	}
	if operation := words[2]; operation != "upload" && operation != "download" {
		say(sess.Stderr(), "the operation must be download or upload")
		return refusedStatus
	}
	if err := s.config.AuthenticateLFS(ctx, p, owner, name, words[2], sess); err != nil {
		return s.refuse(sess, err, owner+"/"+name)
	}
	return 0
}
