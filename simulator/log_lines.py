"""The simulator's log: readable lines, with ENV=production JSON lines like those of the processes beside it."""

import json
import logging
import os
import sys


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_log() -> None:
    """Write log lines to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    is_production = os.environ.get("ENV") == "production"
    handler.setFormatter(JsonFormatter() if is_production else logging.Formatter("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
