"""Flower with our logs: `python -m worker.flower --address=… --port=…`; Flower's own command sets up none."""

import sys

from observability.logging import configure_logging
from settings import get_settings
from worker.app import app

if __name__ == "__main__":
    configure_logging(get_settings().env)
    app.start(["--quiet", "flower", *sys.argv[1:]])
