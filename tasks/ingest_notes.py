"""What ingest writes down, at most once a minute: which secret signed, which channel got something."""

import time
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.queries import app_secrets
from observability.logging import get_logger

NOTE_EVERY_SECONDS = 60.0

log = get_logger(__name__)


class LastUses:
    """When this process last wrote something down of each id, so that most batches cost no statement."""

    def __init__(self) -> None:
        self._due_at: dict[UUID, float] = {}

    def note(self, engine: Engine, secrets: Iterable[UUID], channels: Iterable[UUID]) -> None:
        """Write down that secrets signed and channels got something, in a transaction of its own.

        It must not hold a batch up, nor fail it: what is lost is written with the next.
        """
        due_secrets, due_channels = self._due(secrets), self._due(channels)
        if not due_secrets and not due_channels:
            return
        try:
            with engine.begin() as connection:
                app_secrets.touch(connection, due_secrets, due_channels)
        except SQLAlchemyError as error:
            log.warning("ingest.not_noted", error=type(error).__name__)
            return
        noted = time.monotonic() + NOTE_EVERY_SECONDS
        self._due_at |= dict.fromkeys((*due_secrets, *due_channels), noted)

    def _due(self, ids: Iterable[UUID]) -> list[UUID]:
        now = time.monotonic()
        return sorted(one for one in set(ids) if self._due_at.get(one, 0.0) <= now)


last_uses = LastUses()
"""This process's."""
