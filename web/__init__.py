"""What the outside calls: the webhook receiver, the HTTP API, health and metrics."""
