"""Lets time pass at once where the short run would only wait: leases, silence, waits that Meta asks for.

Each moves a moment that a row waits for to now, and nothing else. Whatever watches the row sees what it would have seen.
"""

from typing import Final

from tests.faults.scale import Scale
from tests.faults.system import WORKERS, System

_LEASES: Final = (
    "UPDATE inbox_queue SET due_at = now() WHERE attempts > 0",
    "UPDATE outbox SET due_at = now() WHERE state = 'claimed'",
)
_SILENCE: Final = ("UPDATE outbox SET due_at = now() WHERE state = 'unknown' AND due_at < 'infinity'",)
_BLOCKS: Final = (
    "UPDATE pacing SET blocked_until = now() WHERE blocked_until > now()",
    "UPDATE pair_pacing SET paid_until = now() WHERE paid_until > now()",
    "UPDATE outbox SET due_at = now() WHERE state = 'waiting' AND due_at > now()",
)
_RETRIES: Final = ("UPDATE inbox_queue SET due_at = now() WHERE attempts > 0",)
_PROBES: Final = ("UPDATE channels SET probe_at = now() WHERE paused_at IS NOT NULL",)
_HOLDS: Final = ("UPDATE template_holds SET held_at = held_at - interval '1 hour'",)


def restart_workers(system: System, scale: Scale) -> None:
    """Kill what still lives of the workers and start all anew; leases end now unless the scale waits for them.

    Ended early they tell the same as ended late, as nobody lives who holds one.
    """
    for name in WORKERS:
        system.kill(name)
    if not scale.waits_out_leases:
        _execute(system, _LEASES)
    for name in WORKERS:
        system.launch(name)
    for name in WORKERS:
        system.wait_ready(name)


def silence_passes(system: System, scale: Scale) -> None:
    """Messages of unknown outcome have waited long enough for a receipt."""
    if not scale.waits_out_leases:
        _execute(system, _SILENCE)


def rate_limits_pass(system: System) -> None:
    """The minutes for which Meta, or our own backoff, wants to be left alone are over, and beat's tick comes."""
    _execute(system, _BLOCKS)
    system.call_task("housekeeping.ring_due_work")


def retries_are_due(system: System, scale: Scale) -> None:
    """Inbox rows whose processing failed are due again."""
    if not scale.waits_out_leases:
        _execute(system, _RETRIES)


def probes_are_due(system: System) -> None:
    """The pause before the next probe of each paused channel is over, and beat's tick comes."""
    _execute(system, _PROBES)
    system.call_task("housekeeping.probe_paused_channels")


def template_holds_age(system: System) -> None:
    """Held templates were refused an hour ago."""
    _execute(system, _HOLDS)


def _execute(system: System, statements: tuple[str, ...]) -> None:
    with system.database() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]
