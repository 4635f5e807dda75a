"""`python -m web …`: Granian with these arguments, once settings and encryption keys are known to be right.

Granian starts a worker that ended again and again; what cannot work has to be said once, before it.
"""

import os
import sys

from observability.logging import configure_logging
from settings import ConfigurationError, get_settings
from worker.keys import require_keys


def main() -> None:
    """Become Granian, serving `web.wsgi:app`, or end with one clear line and exit code 1."""
    try:
        settings = get_settings()
        configure_logging(settings.env)
        require_keys(settings, "web")
        settings.database, settings.celery_broker_url  # noqa: B018 - each raises when it is absent
    except ConfigurationError as error:
        print(f"web: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    os.execv(sys.executable, [sys.executable, "-m", "granian", *sys.argv[1:], "web.wsgi:app"])


if __name__ == "__main__":
    main()
