"""One HTTP exchange, whether a request that failed can have left, and when it is tried again."""

import requests
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_chain, wait_fixed, wait_random
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from wire.failures import CallFailure, NotSent, OutcomeUnknown

SENDING_THREADS = 32
"""Connections kept open to one host, as many as threads send at once: with fewer, some would reconnect."""

UNTIL_IT_LEAVES = Retrying(
    retry=retry_if_exception_type(NotSent),
    stop=stop_after_attempt(3),
    wait=wait_chain(wait_fixed(0.2), wait_fixed(0.6)) + wait_random(0, 0.1),
    reraise=True,
)
"""Three tries within a second, for a worker's thread is held; longer pauses belong to the next attempt."""


class WatchedBody:
    """A request body that knows whether any of it was handed to the socket.

    The type of an exception does not tell: a TLS handshake and a TLS read fail alike, and so do a connection
    that was never made and one that was reset after the send.
    """

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


def _failure(error: requests.RequestException, body: object) -> CallFailure:
    if _left(error, body):
        return OutcomeUnknown("read_timeout" if _is_read_timeout(error) else "connection_lost")
    return NotSent(_reason_not_sent(error))


def _is_read_timeout(error: requests.RequestException) -> bool:
    """Tell whether the answer was too slow; within its body, requests says ConnectionError."""
    return isinstance(error, requests.ReadTimeout) or isinstance(_first_argument(error), ReadTimeoutError)


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
