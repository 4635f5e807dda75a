"""What a caller is told to wait for while Postgres is away."""

from typing import Final

RETRY_AFTER: Final = {"Retry-After": "5"}
"""In seconds: a restart takes about that long."""
