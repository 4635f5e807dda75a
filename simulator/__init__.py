"""A strict stand-in for Meta: the Graph API, its webhooks, and faults on demand. See README.md."""
