package resource

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
)

// SignIn is the query of a link that lets a browser ask for a name and a token: it does
// so only when it is challenged (RFC 9110, section 11.6.1). The browser then sends them
// to the addresses beside it as well (RFC 7617, section 2.2).
const SignIn = "?sign-in"

// mustSignIn reports whether the request follows a link to sign in and has no
// credentials yet.
func mustSignIn(r *http.Request) bool {
	return r.URL.Query().Has(SignIn[1:]) && !hasCredentials(r)
}

func hasCredentials(r *http.Request) bool { return r.Header.Get("Authorization") != "" }

// signInLink leads back to the page that was asked for.
func signInLink(r *http.Request) decision.See {
	return decision.See{Title: "Sign in, if you have an account", URL: r.URL.EscapedPath() + SignIn}
}
