"""Sessions that call themselves connected and bring nothing."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from messaging.limits import DEFAULTS

_NEW, _OLD = DEFAULTS.silence_gap_weight, 1 - DEFAULTS.silence_gap_weight
NOTE_GAPS = f"""
UPDATE gateway_sessions s SET silence_told_at = NULL, silence_probed_at = NULL,
    usual_gap_seconds = coalesce(s.usual_gap_seconds * {_OLD} + numbers.gap * {_NEW}, numbers.gap)
FROM numbers WHERE s.channel_id = numbers.id
"""
"""With `numbers`, the channels that something came for and their gap in seconds: many events of a minute are one."""


@dataclass(slots=True, frozen=True)
class SilentSession:
    """A session to be asked."""

    channel_id: UUID
    silent_seconds: float
    usual_gap_seconds: float


_TAKE = text("""
UPDATE gateway_sessions s SET silence_probed_at = now()
FROM (
    SELECT s.channel_id, extract(epoch FROM now() - c.last_event_at)::float8 AS silent_seconds
    FROM gateway_sessions s JOIN channels c ON c.id = s.channel_id
    WHERE s.status = 'session_connected' AND s.silence_told_at IS NULL AND s.usual_gap_seconds IS NOT NULL
        AND c.last_event_at < now() - make_interval(
            secs => LEAST(GREATEST(s.usual_gap_seconds * :gaps, :least), :most)
        )
        AND (s.silence_probed_at IS NULL OR s.silence_probed_at < now() - :lease)
    ORDER BY s.channel_id LIMIT :limit FOR UPDATE OF s SKIP LOCKED
) silent
WHERE s.channel_id = silent.channel_id RETURNING s.channel_id, silent.silent_seconds, s.usual_gap_seconds
""")


def take_silent(connection: Connection, *, lease: timedelta, limit: int = 20) -> list[SilentSession]:
    """Take connected sessions that are silent for far longer than usual; one that is not concluded is taken again.

    A session that nothing came for twice yet has no usual gap, and is not judged.
    """
    values = {
        "gaps": DEFAULTS.silence_gaps,
        "least": DEFAULTS.silence_least_seconds,
        "most": DEFAULTS.silence_most_seconds,
        "lease": lease,
        "limit": limit,
    }
    return [SilentSession(*row) for row in connection.execute(_TAKE, values)]


_TOLD = text("""
UPDATE gateway_sessions SET silence_told_at = now() WHERE channel_id = :channel_id AND silence_told_at IS NULL
""")


def mark_told(connection: Connection, channel_id: UUID) -> bool:
    """Note that a silence is told; False: it was before. The next event ends it."""
    return connection.execute(_TOLD, {"channel_id": channel_id}).rowcount > 0
