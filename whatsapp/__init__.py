"""Meta's wire: webhook signatures and payloads, the Graph API, its error codes and its request bodies."""
