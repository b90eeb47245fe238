package smarthttp

import (
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// client is whose fetches are counted together: the account, or for nobody the
// address.
func (s *Server) client(r *http.Request, p access.Principal) string {
	if p.Account != nil {
		return "account " + p.Name()
	}
	return "address " + s.Senders.Address(r)
}
