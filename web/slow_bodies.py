"""Callers that send their body drop by drop, or not at all, are cut off: each holds a thread.

Granian 2.8 limits the time for a request's head only, and a thread that reads a body cannot be called back from
there: its read ends with the connection. So the connection is ended, from beside. Which one it is Granian does not tell
(a request knows its caller's address, not the port): it is one from there, unanswered for as long as a body may take.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from werkzeug.exceptions import RequestTimeout

from observability.logging import get_logger
from web.open_requests import Peer, cut, peers_waiting

BODY_SECONDS: Final = 10.0
"""For a whole body. Meta's largest, 3 MB, needs a line of 2.5 Mbit/s for that; Meta tries again."""
CROWD: Final = 16
"""Half of the threads that `embedded.processes` gives a web process: when so many wait for bodies …"""
CROWDED_SECONDS: Final = 1.0
"""… each has only this long: the other callers wait for a second, not for ten."""
LOOK_SECONDS: Final = 0.25
SLOW_SECONDS: Final = 0.5
"""Until a body takes this long nobody looks at connections. A thread that waits its turn among 32 takes less."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

log = get_logger(__name__)


def cut_slow_bodies(app: WsgiApp) -> WsgiApp:
    """Return the app with a limit on the time that reading a body may take; beyond it the connection is ended.

    Args:
        app: what is served.
    """
    watch = BodyWatch()

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input"] = _WatchedBody(environ, watch)
        return app(environ, start_response)

    return serve


class BodyWatch:
    """Knows which bodies are being read, and ends those that take too long."""

    def __init__(self) -> None:
        self._reading: dict[_WatchedBody, None] = {}
        self._seen: dict[Peer, float] = {}
        """When a connection was first seen waiting, of those that still wait."""
        threading.Thread(target=self._run, name="slow-bodies", daemon=True).start()

    def during(self, body: "_WatchedBody", read: Callable[..., Any], size: tuple[int, ...]) -> Any:
        """Return what `read` returns.

        Raises:
            RequestTimeout: the caller took too long.
        """
        self._reading[body] = None
        try:
            content = read(*size)
        finally:
            del self._reading[body]
        if body.is_late:
            raise RequestTimeout
        return content

    def look(self, now: float) -> None:
        """End what took too long.

        Args:
            now: seconds of the monotonic clock.
        """
        slow = [body for body in self._reading.copy() if now - body.began > SLOW_SECONDS]
        if not slow:
            self._seen.clear()
            return
        self._end_late(slow, CROWDED_SECONDS if len(slow) >= CROWD else BODY_SECONDS, now)

    def _end_late(self, slow: list["_WatchedBody"], allowed: float, now: float) -> None:
        for port in {body.port for body in slow}:
            waiting = self._waiting(port, now)
            late = [body for body in slow if body.port == port and now - body.began > allowed]
            for body in late:
                body.is_late = True
            ended = _oldest(waiting, Counter(body.address for body in late), longer_than=allowed - SLOW_SECONDS)
            if ended:
                log.warning("request.body_too_slow", connections=len(ended), seconds=allowed)
                cut(port, ended)

    def _waiting(self, port: int, now: float) -> dict[Peer, float]:
        """Return for how many seconds each connection was seen to wait, longest first; an answer begins it anew."""
        silent = peers_waiting(port)
        kept = {peer: began for peer, began in self._seen.items() if silent.get(peer, 0.0) >= now - began}
        self._seen = {peer: kept.get(peer, now) for peer in silent}
        order = sorted(silent, key=lambda peer: (self._seen[peer], -silent[peer]))
        return {peer: now - self._seen[peer] for peer in order}

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                self.look(time.monotonic())
            except Exception as error:  # this thread is the only one that looks: it must outlive any error
                log.error("request.body_not_cut", error=type(error).__name__)


def _oldest(waiting: dict[Peer, float], most: Counter[str], *, longer_than: float) -> set[Peer]:
    """Return as many connections of each address as bodies are late: others may wait for a thread only."""
    chosen: set[Peer] = set()
    for peer, seconds in waiting.items():
        if seconds > longer_than and most[peer[0]] > 0:
            most[peer[0]] -= 1
            chosen.add(peer)
    return chosen


class _WatchedBody:
    """A request's body as WSGI gives it, with what tells its connection."""

    def __init__(self, environ: dict[str, Any], watch: BodyWatch) -> None:
        self.began = time.monotonic()
        self.is_late = False
        self._environ = environ
        self._body = environ["wsgi.input"]
        self._watch = watch

    @property
    def address(self) -> str:
        """Where the connection comes from; a proxy's own, for what it tells of its caller is looked at further in."""
        return str(self._environ["REMOTE_ADDR"])

    @property
    def port(self) -> int:
        """Ours."""
        return int(self._environ["SERVER_PORT"])

    def read(self, *size: int) -> bytes:
        """Return the next bytes."""
        content: bytes = self._watch.during(self, self._body.read, size)
        return content

    def readline(self, *size: int) -> bytes:
        """Return the next line."""
        line: bytes = self._watch.during(self, self._body.readline, size)
        return line

    def readlines(self, *hint: int) -> list[bytes]:
        """Return the lines that are left."""
        lines: list[bytes] = self._watch.during(self, self._body.readlines, hint)
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")
