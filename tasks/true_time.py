"""The time as Postgres has it: what leaves a worker must not depend on that worker's own clock."""

import time

from sqlalchemy import Connection, text

_NOW = text("SELECT extract(epoch FROM clock_timestamp())::float8")


class TrueTime:
    """A clock that is set by Postgres's."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def learn(self, connection: Connection) -> None:
        """Compare this process's clock with Postgres's."""
        self._ahead_seconds = connection.execute(_NOW).scalar_one() - time.time()

    def now(self) -> float:
        """Return Unix seconds by Postgres's clock, as it was last learnt."""
        return time.time() + self._ahead_seconds


true_time = TrueTime()
"""This process's."""
