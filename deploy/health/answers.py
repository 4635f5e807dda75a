"""`answers.py PORT PATH`: exit code 0 when the server of this container answers 200 there.

Otherwise one line that says why, and exit code 1.
"""

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

TIMEOUT_SECONDS = 4
"""Shorter than the health check's own limit, so that the reason is seen in `docker inspect`."""


def status_of(port: int, path: str) -> int:
    """Return the status that 127.0.0.1:`port` answers to GET `path`.

    No proxy variable of the environment is heeded, as urllib would.

    Raises:
        OSError: nobody listens, or no answer came in time.
        HTTPException: what came is no HTTP.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def main(port: str, path: str) -> int:
    """Return the exit code of the check."""
    try:
        status = status_of(int(port), path)
    except (OSError, HTTPException) as error:
        print(f"{path}: {error}")
        return 1
    print(f"{path}: {status}")
    return 0 if status == HTTPStatus.OK else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
