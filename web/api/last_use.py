"""When each API key was last used: written beside the requests, at most once a minute for a key, and nobody's duty."""

import threading
import time
from typing import Final
from uuid import UUID

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import CONNECT_TIMEOUT_SECONDS, WEB_TIMEOUTS, sqlalchemy_url
from db.queries import api_keys
from observability.logging import get_logger

EVERY_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 1.0
"""Between two writes: keys used meanwhile share one."""
MOST_KEYS: Final = 10_000

log = get_logger(__name__)


class LastUse:
    """A thread that writes down which keys were used; begun by the first use, so after any fork.

    It has a connection of its own each time: requests never wait for one because of it.

    Args:
        url: libpq address.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            sqlalchemy_url(url),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "options": WEB_TIMEOUTS,
                "application_name": "paperboy last use",
            },
        )
        self._noted: dict[UUID, float] = {}
        self._wanted: set[UUID] = set()
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, key_id: UUID) -> None:
        """Note that a key is used now and return at once."""
        now = time.monotonic()
        if now - self._noted.get(key_id, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        with self._lock:
            if len(self._noted) >= MOST_KEYS:
                self._noted.clear()
            self._noted[key_id] = now
            self._wanted.add(key_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="last use of keys", daemon=True)
                self._thread.start()
        self._work.set()

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()
            with self._lock:
                wanted, self._wanted = self._wanted, set()
            self._write(wanted)
            time.sleep(PAUSE_SECONDS)

    def _write(self, key_ids: set[UUID]) -> None:
        try:
            with self._engine.begin() as connection:
                api_keys.mark_used(connection, sorted(key_ids))
        except SQLAlchemyError as error:
            log.warning("last_use.not_written", error=type(error).__name__)
