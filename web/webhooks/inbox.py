"""Group commit: all webhooks that wait at the same time are stored with one statement and one commit.

A request thread hands its body over and sleeps until the writer thread tells it that the commit is done. While one
commit waits for the disk the next group gathers, so the more arrives the larger the groups, without any timer.
"""

import threading
from collections.abc import Callable
from uuid import UUID

import psycopg

from db import packed_arrays
from db.engine import CONNECT_TIMEOUT_SECONDS, KEEPALIVES, WEB_TIMEOUTS, libpq_url
from db.ids import new_id
from db.queries.inbox import APPEND
from observability.logging import get_logger
from observability.metrics import record_group

ANSWER_WITHIN_SECONDS = 1.5
"""A sender gets its 503 after this at the latest, also when Postgres hangs instead of refusing."""
MAX_GROUP = 256
"""Bodies in one statement; more would only make the first of them wait longer."""
MAX_GROUP_BYTES = 16_000_000
"""Five bodies of Meta's largest size: bounds the memory that one statement takes."""
MAX_WAITING_BYTES = 64_000_000
"""While Postgres hangs Meta goes on sending: what a process holds is bounded, and more is refused at once."""

log = get_logger(__name__)


class NotStoredError(Exception):
    """The body is not known to be stored; the sender has to try again."""


class _Waiting:
    """A body on its way; `settled` is a locked lock that the writer releases (cheaper than an Event)."""

    __slots__ = ("abandoned", "app_secret_id", "body", "id", "settled", "stored")

    def __init__(self, body: bytes, app_secret_id: UUID | None) -> None:
        self.id: UUID = new_id()
        self.body = body
        self.app_secret_id = app_secret_id
        self.stored = False
        self.abandoned = False
        self.settled = threading.Lock()
        self.settled.acquire()


class Inbox:
    """The way into the inbox for one process.

    Args:
        url: Postgres address.
        on_stored: called after each commit, must return at once (the doorbell).
        connection_class: psycopg's connection class (a test counts statements with its own).
    """

    def __init__(
        self,
        url: str,
        on_stored: Callable[[], None],
        connection_class: type[psycopg.Connection] = psycopg.Connection,
    ) -> None:
        self._url = libpq_url(url)
        self._on_stored = on_stored
        self._connection_class = connection_class
        self._connection: psycopg.Connection | None = None
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        threading.Thread(target=self._write, name="inbox-writer", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many bodies wait for the next commit."""
        return len(self._waiting)

    def append(self, body: bytes, app_secret_id: UUID | None) -> UUID:
        """Store a body and return its id once the commit is done.

        Args:
            body: the request's raw bytes.
            app_secret_id: which app secret signed it; None: nobody checked.

        Raises:
            NotStoredError: Postgres refused, or did not answer within ANSWER_WITHIN_SECONDS, or too much waits.
        """
        waiting = _Waiting(body, app_secret_id)
        with self._lock:
            if self._waiting_bytes + len(body) > MAX_WAITING_BYTES:
                raise NotStoredError
            self._waiting_bytes += len(body)
            self._waiting.append(waiting)
        self._arrived.set()
        if not waiting.settled.acquire(timeout=ANSWER_WITHIN_SECONDS):
            self._abandon(waiting)
            raise NotStoredError
        if not waiting.stored:
            raise NotStoredError
        return waiting.id

    def _abandon(self, waiting: _Waiting) -> None:
        """Let go of a body whose caller gave up, unless the writer is at it."""
        with self._lock:
            waiting.abandoned = True
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                self._waiting_bytes -= len(waiting.body)

    def _write(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            while group := self._next_group():
                self._store(group)

    def _next_group(self) -> list[_Waiting]:
        with self._lock:
            group: list[_Waiting] = []
            size = 0
            for waiting in self._waiting:
                if group and (len(group) == MAX_GROUP or size + len(waiting.body) > MAX_GROUP_BYTES):
                    break
                group.append(waiting)
                size += len(waiting.body)
            del self._waiting[: len(group)]
            self._waiting_bytes -= size
        return group

    def _store(self, group: list[_Waiting]) -> None:
        wanted = [waiting for waiting in group if not waiting.abandoned]
        try:
            if wanted:
                self._insert(wanted)
        except Exception as error:  # this thread is the only way into the inbox: it must outlive any error
            log.error("inbox.not_stored", count=len(wanted), error=type(error).__name__)
        else:
            for waiting in wanted:
                waiting.stored = True
            record_group(len(wanted), unsigned=sum(waiting.app_secret_id is None for waiting in wanted))
        finally:
            for waiting in group:
                waiting.settled.release()
        if wanted and wanted[0].stored:
            self._on_stored()

    def _insert(self, group: list[_Waiting]) -> None:
        columns = (
            packed_arrays.uuids([waiting.id for waiting in group]),
            packed_arrays.byteas([waiting.body for waiting in group]),
            packed_arrays.uuids([waiting.app_secret_id for waiting in group]),
        )
        reused = self._connection is not None
        try:
            self._connected().execute(APPEND, columns, prepare=True)
        except psycopg.OperationalError:
            self._disconnect()
            if not reused:
                raise
            # Postgres was restarted since the last group. A second try is harmless: had the first been committed, the
            # queue's primary key would refuse it.
            self._connected().execute(APPEND, columns, prepare=True)

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connection_class.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                options=WEB_TIMEOUTS,
                **KEEPALIVES,
                application_name="paperboy inbox",
            )
            packed_arrays.register(self._connection)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
