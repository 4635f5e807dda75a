"""Pages for people, rendered here: an app of its own, so that no request with an API key ever reads a cookie."""
