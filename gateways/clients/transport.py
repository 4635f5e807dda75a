"""One HTTP exchange with a gateway, and whether a request that failed can have left."""

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from gateways.clients.failures import GatewayFailure, NotSent, OutcomeUnknown

SENDING_THREADS = 32
"""Connections kept open to one host, as many as threads send at once."""


class WatchedBody:
    """A request body that knows whether any of it was handed to the socket: no exception tells that reliably."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def __len__(self) -> int:
        return len(self._content)

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, all when negative."""
        end = len(self._content) if size < 0 else self._position + size
        block = self._content[self._position : end]
        self._position += len(block)
        return block

    @property
    def has_left(self) -> bool:
        """Whether the socket was given any of it."""
        return self._position > 0


def build_session() -> requests.Session:
    """Return a session whose pool suits 32 threads; it reads no proxies or passwords from the environment."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=SENDING_THREADS))
    return session


def exchange(session: requests.Session, request: requests.Request, timeouts: tuple[float, float]) -> requests.Response:
    """Send a request and read its answer whole; redirects are not followed.

    Args:
        session: its pool is used; its headers and cookies are not.
        request: with a WatchedBody as data, or none.
        timeouts: seconds to connect, and between bytes of the answer.

    Raises:
        NotSent: it provably did not leave.
        OutcomeUnknown: it may have left.
    """
    try:
        return session.send(request.prepare(), timeout=timeouts, allow_redirects=False)
    except requests.RequestException as error:
        failure = _failure(error, request.data)
    raise failure


def _failure(error: requests.RequestException, body: object) -> GatewayFailure:
    if not _left(error, body):
        return NotSent(_reason_not_sent(error))
    read_timeout = isinstance(error, requests.ReadTimeout) or isinstance(_first_argument(error), ReadTimeoutError)
    return OutcomeUnknown("read_timeout" if read_timeout else "connection_lost")


def _left(error: requests.RequestException, body: object) -> bool:
    if isinstance(body, WatchedBody):
        return body.has_left
    never = (requests.ConnectTimeout, requests.exceptions.SSLError)
    return not isinstance(error, never) and not isinstance(_cause(error), NewConnectionError)


def _reason_not_sent(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.ConnectTimeout):
        return "connect_timeout"
    if isinstance(_cause(error), NameResolutionError):
        return "dns"
    return "refused" if isinstance(_cause(error), NewConnectionError) else "not_connected"


def _cause(error: requests.RequestException) -> object:
    """Return what urllib3 says beneath its own MaxRetryError."""
    return getattr(_first_argument(error), "reason", None)


def _first_argument(error: requests.RequestException) -> object:
    return error.args[0] if error.args else None
