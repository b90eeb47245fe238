# A server is enough.
