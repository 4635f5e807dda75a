"""Attempts to log in, counted before the password is looked at, so that many at once are counted as well."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text


@dataclass(slots=True, frozen=True)
class Attempts:
    """Of one subject in its window."""

    count: int
    ends_at: datetime
    seconds_left: float


def subject(kind: str, value: str) -> bytes:
    """Return what is counted for a login ("login") or an address ("address")."""
    return hashlib.sha256(f"{kind} {value}".encode(errors="replace")).digest()


# What has ended is forgotten here, a few at a time: guesses from many addresses leave nothing behind.
_COUNT = text("""
WITH ended AS (
    SELECT subject FROM login_throttle WHERE ends_at < now() AND subject <> :subject
    ORDER BY ends_at LIMIT 10 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM login_throttle t USING ended WHERE t.subject = ended.subject
)
INSERT INTO login_throttle AS t (subject, attempts, ends_at) VALUES (:subject, 1, now() + :window)
ON CONFLICT (subject) DO UPDATE SET
    attempts = CASE WHEN t.ends_at <= now() THEN 1 ELSE t.attempts + 1 END,
    ends_at = CASE WHEN t.ends_at <= now() THEN excluded.ends_at ELSE t.ends_at END
RETURNING attempts, ends_at, extract(epoch FROM ends_at - now())::float AS seconds_left
""")


def count(connection: Connection, counted: bytes, window: timedelta) -> Attempts:
    """Count one more attempt of a subject; its window ends `window` after its first attempt."""
    row = connection.execute(_COUNT, {"subject": counted, "window": window}).one()
    return Attempts(row.attempts, row.ends_at, row.seconds_left)


_FORGIVE = text("UPDATE login_throttle SET attempts = attempts - 1 WHERE subject = :subject AND attempts > 0")


def take_back(connection: Connection, counted: bytes) -> None:
    """Uncount one attempt: it was right."""
    connection.execute(_FORGIVE, {"subject": counted})


_FORGET = text("DELETE FROM login_throttle WHERE subject = :subject")


def forget(connection: Connection, counted: bytes) -> None:
    """Forget a subject's attempts."""
    connection.execute(_FORGET, {"subject": counted})
