"""Connection checks: what stands between a channel and its first delivered message, and what to do about it."""
