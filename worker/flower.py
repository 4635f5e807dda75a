"""Flower with our logs, and with a password beyond loopback: `python -m worker.flower --address=… --port=…`.

Flower's own command sets up no logging and serves everybody who reaches it.
"""

import os
import sys
from collections.abc import Sequence

from observability.logging import configure_logging, get_logger
from settings import get_settings, is_loopback
from worker.app import app

PASSWORD = "FLOWER_BASIC_AUTH"
"""Flower reads this name by itself: the password stands in no list of processes."""


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal comes; 1 at once when everybody would be let in.

    Args:
        arguments: Flower's own options; without --address it listens everywhere.
    """
    settings = get_settings()
    configure_logging(settings.env)
    address = next((one.partition("=")[2] for one in arguments if one.startswith("--address=")), "")
    if settings.flower_basic_auth is not None:
        os.environ[PASSWORD] = settings.flower_basic_auth.get_secret_value()
    elif not is_loopback(address):
        reason = f"Flower on {address or 'every address'} lets everybody in: set {PASSWORD}=user:password"
        get_logger(__name__).error("flower.refused", reason=reason)
        return 1
    app.start(["--quiet", "flower", *arguments])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
