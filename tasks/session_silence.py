"""Connected but silent: a session that brings nothing for far longer than usual is asked how it is, then told of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from db.encryption import EncryptionError
from db.engine import get_engine
from db.queries import alarms, gateway_sources, session_silence
from db.queries.alarms import NewAlarm
from db.queries.gateway_sources import Source
from db.queries.session_silence import SilentSession
from gateways.clients.failures import GatewayFailure
from gateways.state_machine import SessionState, Signal
from messaging.alarms import AlarmKind
from messaging.limits import DEFAULTS
from observability.logging import get_logger
from tasks.gateway_clients import gateway_client
from tasks.ingest_sessions import write_control
from worker.app import app

PROBE = "probe"
UNREACHABLE = "unreachable"
LEASE = timedelta(seconds=DEFAULTS.task_hard_seconds)

log = get_logger(__name__)


@app.task(name="housekeeping.watch_silence")
def watch_silence() -> None:
    """Ask the gateways of silent sessions; what they say is kept, or the silence is told once."""
    with get_engine().begin() as connection:
        silent = session_silence.take_silent(connection, lease=LEASE)
        sources = gateway_sources.by_channel(connection, [one.channel_id for one in silent])
    asked_at = datetime.now(UTC)
    known = [one for one in silent if one.channel_id in sources]
    with ThreadPoolExecutor(DEFAULTS.probes_at_once, thread_name_prefix="silence") as executor:
        answers = list(executor.map(_state, (sources[one.channel_id] for one in known)))
    for session, answer in zip(known, answers, strict=True):
        _conclude(session, sources[session.channel_id], answer, asked_at)


def _state(source: Source) -> SessionState | None:
    """Return what the gateway calls the session; None: it cannot be asked."""
    try:
        return gateway_client(source).state()
    except (GatewayFailure, EncryptionError) as failure:
        log.warning("session.not_probed", channel_id=str(source.channel_id), failure=str(failure))
        return None


def _conclude(session: SilentSession, source: Source, answer: SessionState | None, asked_at: datetime) -> None:
    """A state that is another goes the way of all events: it raises the alarm of a lost session."""
    if answer is not None and answer is not SessionState.SESSION_CONNECTED:
        with get_engine().begin() as connection:
            write_control(
                connection, source, Signal(PROBE, answer), "It was silent and was asked", asked_at, name=PROBE
            )
        return
    details = {
        "silent_for_seconds": round(session.silent_seconds),
        "usual_gap_seconds": round(session.usual_gap_seconds),
        "gateway": answer or UNREACHABLE,
    }
    with get_engine().begin() as connection:
        if session_silence.mark_told(connection, session.channel_id):
            alarms.raise_alarms(
                connection, [NewAlarm(source.tenant_id, AlarmKind.SESSION_SILENT, source.session_id, details)]
            )
    log.warning("session.silent", channel_id=str(session.channel_id), gateway=answer or UNREACHABLE)
