package lfs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// Authenticate answers git-lfs-authenticate over SSH (server discovery, "SSH"):
// where the endpoints of the repository OWNER/NAME are, and a ticket for one
// operation on it. Its errors are those of [access.Access.Find].
func (s *Server) Authenticate(ctx context.Context, p access.Principal, owner, name, operation string, w io.Writer) error {
	if !known(Operation(operation)) {
		return fmt.Errorf("git-lfs-authenticate: no operation %.20q", operation)
	}
	repo, err := s.Access.Find(ctx, p, owner, name, Operation(operation).needs())
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(action{
		Href:      s.address(repo.Path()),
		Header:    s.header(p, &ticket{RepositoryID: repo.ID, Operation: Operation(operation)}),
		ExpiresIn: int(ticketLife.Seconds()),
	})
}
