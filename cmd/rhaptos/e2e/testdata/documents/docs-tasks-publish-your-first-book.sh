# Nothing but a server.
