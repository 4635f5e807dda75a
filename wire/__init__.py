"""What Meta's wire and the gateways' have in common: one HTTP exchange, its failures, JSON and single values."""
