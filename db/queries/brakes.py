"""What stops sends, each in its own scope: a paused channel, a slowed or blocked number, a pair, a held template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from db.queries.app_secrets import OWN_APP_SECRET
from db.queries.claims import PAIR_DEBT
from messaging.limits import DEFAULTS

PROBE_FIRST = timedelta(seconds=DEFAULTS.probe_first_seconds)
PROBE_CAP = timedelta(seconds=DEFAULTS.probe_cap_seconds)
_NEXT_PROBE = "now() + LEAST(:probe_first * power(2, LEAST(probes, 20)), :probe_cap)"
_PROBE_TIMES = {"probe_first": PROBE_FIRST, "probe_cap": PROBE_CAP}

_PAUSE = text(f"""
UPDATE channels SET paused_at = now(), paused_code = :code, paused_reason = :reason, is_on_trial = false,
    probe_at = {_NEXT_PROBE}, probes = probes + 1, updated_at = now()
WHERE id = :id AND paused_at IS NULL
""")


def pause_channel(connection: Connection, channel_id: UUID, *, code: int | None, reason: str) -> bool:
    """Stop sending from a channel; its messages stay queued in their order. False when it was paused already."""
    return connection.execute(_PAUSE, {"id": channel_id, "code": code, "reason": reason, **_PROBE_TIMES}).rowcount > 0


_RESUME = text("""
UPDATE channels SET paused_at = NULL, paused_code = NULL, paused_reason = NULL, probe_at = NULL, is_on_trial = true,
    updated_at = now()
WHERE id = :id AND paused_at IS NOT NULL
""")


def resume_channel(connection: Connection, channel_id: UUID) -> bool:
    """Let a channel send again, one message at a time until one is accepted. False when it was not paused."""
    return connection.execute(_RESUME, {"id": channel_id}).rowcount > 0


_RESUME_ALL = text(str(_RESUME).replace("id = :id", "id = ANY(:ids)"))


def resume_channels(connection: Connection, channel_ids: Sequence[UUID]) -> None:
    """Let those of these channels that are paused send again, as `resume_channel` does."""
    connection.execute(_RESUME_ALL, {"ids": list(channel_ids)})


_PASS_TRIAL = text("UPDATE channels SET is_on_trial = false, probes = 0 WHERE id = :id AND is_on_trial")


def pass_trial(connection: Connection, channel_id: UUID) -> None:
    """End a channel's trial: Meta accepted a message."""
    connection.execute(_PASS_TRIAL, {"id": channel_id})


@dataclass(slots=True, frozen=True)
class PausedChannel:
    """A paused channel whose probe is due."""

    id: UUID
    phone_number_id: str
    access_token: str
    """Encrypted."""
    app_secret: str | None
    """Encrypted; of its own Meta app."""
    tenant_id: UUID
    gateway_kind: str | None
    """None: it is Meta's."""
    gateway_session: str | None
    gateway_url: str | None


_OF_GATEWAY = ("kind", "session_id", "base_url")
_TAKE_PROBES = text(f"""
UPDATE channels c SET probe_at = {_NEXT_PROBE}, probes = probes + 1 WHERE id IN (
    SELECT id FROM channels WHERE paused_at IS NOT NULL AND probe_at <= now() AND is_active
    ORDER BY probe_at LIMIT {DEFAULTS.probes_at_once} FOR UPDATE SKIP LOCKED
) RETURNING c.id, c.phone_number_id, c.access_token, {OWN_APP_SECRET}, c.tenant_id,
    {", ".join(f"(SELECT g.{name} FROM gateway_sources g WHERE g.channel_id = c.id)" for name in _OF_GATEWAY)}
""")


def take_probes(connection: Connection) -> list[PausedChannel]:
    """Return the paused channels to probe now, and set their next probe."""
    return [PausedChannel(*row) for row in connection.execute(_TAKE_PROBES, _PROBE_TIMES)]


_BLOCKED = "UPDATE pacing p SET blocked_until = GREATEST(p.blocked_until, now() + :delay)"
_BLOCK_NUMBER = text(f"""
{_BLOCKED}, slowed_to = GREATEST(coalesce(p.slowed_to, c.throughput_per_second::float8) / 2, 1)
FROM channels c WHERE c.id = p.channel_id AND p.channel_id = :channel_id
    AND (p.blocked_until IS NULL OR p.blocked_until <= now())
""")
_BLOCK_WABA = text(f"""
{_BLOCKED} FROM channels c, channels cause WHERE c.id = p.channel_id AND cause.id = :channel_id
    AND (c.id = cause.id OR c.waba_id = cause.waba_id)
""")
_BLOCK_APP = text(_BLOCKED)


def block_number(connection: Connection, channel_id: UUID, delay: timedelta) -> None:
    """Send nothing from a number for `delay` and at half its pace then: Meta counts more than we do (130429).

    Refusals of calls that were in the air when the first one came do not halve it again.
    """
    connection.execute(_BLOCK_NUMBER, {"channel_id": channel_id, "delay": delay})


def block_waba(connection: Connection, channel_id: UUID, delay: timedelta) -> None:
    """Send nothing from all numbers of the channel's WABA for `delay`."""
    connection.execute(_BLOCK_WABA, {"channel_id": channel_id, "delay": delay})


def block_app(connection: Connection, delay: timedelta) -> None:
    """Send nothing at all for `delay`."""
    connection.execute(_BLOCK_APP, {"delay": delay})


_SPEED_UP = text("""
UPDATE pacing p SET slowed_to = CASE WHEN p.slowed_to * 1.25 < c.throughput_per_second THEN p.slowed_to * 1.25 END
FROM channels c
WHERE c.id = p.channel_id AND p.slowed_to IS NOT NULL AND (p.blocked_until IS NULL OR p.blocked_until <= now())
""")


def speed_up(connection: Connection) -> None:
    """Let slowed numbers send a quarter faster, up to their own throughput."""
    connection.execute(_SPEED_UP)


_BLOCK_PAIR = text("""
INSERT INTO pair_pacing (channel_id, recipient, paid_until) VALUES (:channel_id, :recipient, now() + :debt + :delay)
ON CONFLICT (channel_id, recipient) DO UPDATE SET paid_until = GREATEST(pair_pacing.paid_until, EXCLUDED.paid_until)
""")


def block_pair(connection: Connection, channel_id: UUID, recipient: str, delay: timedelta) -> None:
    """Send nothing to one recipient for `delay` (131056); all others go on."""
    values = {"channel_id": channel_id, "recipient": recipient, "debt": PAIR_DEBT, "delay": delay}
    connection.execute(_BLOCK_PAIR, values)


_FORGET_PAIRS = text("DELETE FROM pair_pacing WHERE paid_until < now()")


def forget_paid_pairs(connection: Connection) -> None:
    """Drop pairs without debt."""
    connection.execute(_FORGET_PAIRS)


_HOLD = text("""
WITH hold AS (
    INSERT INTO template_holds (channel_id, name, language, code, reason)
    VALUES (:channel_id, :name, :language, :code, :reason) ON CONFLICT DO NOTHING RETURNING channel_id
), waiting AS (
    UPDATE outbox SET state = 'held'
    WHERE channel_id = :channel_id AND template_name = :name AND template_language = :language AND state = 'waiting'
)
SELECT count(*) FROM hold
""")


def hold_template(
    connection: Connection, channel_id: UUID, name: str, language: str, *, code: int | None, reason: str
) -> bool:
    """Keep a template's messages back; False when it was held already."""
    values = {"channel_id": channel_id, "name": name, "language": language, "code": code, "reason": reason}
    return bool(connection.execute(_HOLD, values).scalar_one())


_RELEASE = text("""
WITH released AS (
    DELETE FROM template_holds h WHERE h.channel_id = :channel_id AND h.held_at < now() - CAST(:age AS interval)
        AND EXISTS (
            SELECT FROM templates t WHERE t.channel_id = h.channel_id AND t.name = h.name AND t.language = h.language
                AND t.status = 'APPROVED'
        )
    RETURNING h.channel_id, h.name, h.language
), waiting AS (
    UPDATE outbox o SET state = 'waiting' FROM released r
    WHERE o.channel_id = r.channel_id AND o.template_name = r.name AND o.template_language = r.language
        AND o.state = 'held'
)
SELECT name, language FROM released
""")


_END_UNKNOWABLE = text("""
DELETE FROM template_holds h USING channels c
WHERE c.id = h.channel_id AND c.waba_id IS NULL AND h.held_at < now() - CAST(:age AS interval)
""")


def end_holds_without_account(connection: Connection, *, age: timedelta) -> None:
    """End holds of channels whose templates nobody can look up, as their account is not known: the next send tells."""
    connection.execute(_END_UNKNOWABLE, {"age": age})


_FREE = text("""
UPDATE outbox o SET state = 'waiting' WHERE o.state = 'held' AND NOT EXISTS (
    SELECT FROM template_holds h
    WHERE h.channel_id = o.channel_id AND h.name = o.template_name AND h.language = o.template_language
)
""")


def free_without_hold(connection: Connection) -> int:
    """Let messages go that are held although their template is not, as one claimed at the moment of its release is."""
    return connection.execute(_FREE).rowcount


def release_approved_templates(connection: Connection, channel_id: UUID, *, age: timedelta) -> list[tuple[str, str]]:
    """Send with held templates again that Meta calls approved; return their names and languages.

    Args:
        connection: in a transaction.
        channel_id: whose templates were just fetched.
        age: only holds at least as old: Meta's list may lag behind its refusals.
    """
    return [(row.name, row.language) for row in connection.execute(_RELEASE, {"channel_id": channel_id, "age": age})]
