"""Sessions of gateways, between their events: QRs are fetched where the event tells none, and erased in time."""

from datetime import timedelta

from db import sealed
from db.encryption import EncryptionError, Keyring
from db.engine import get_engine
from db.queries import gateway_sessions, gateway_sources
from db.queries.gateway_sources import Source
from gateways.clients.failures import GatewayFailure
from observability.logging import get_logger
from settings import get_settings
from tasks.gateway_clients import gateway_client
from tasks.ingest_sessions import QR_LIFETIME
from worker.app import app

KEEP_HISTORY = timedelta(days=90)

log = get_logger(__name__)


@app.task(name="housekeeping.fetch_session_qrs")
def fetch_qrs() -> None:
    """Fetch the QRs that gateways told of without telling them (WAHA), and keep them encrypted."""
    with get_engine().begin() as connection:
        wanted = gateway_sources.by_channel(connection, gateway_sessions.take_wanted_qrs(connection))
    for source in wanted.values():
        _fetch(source)


def _fetch(source: Source) -> None:
    try:
        qr = gateway_client(source).qr()
    except (GatewayFailure, EncryptionError) as failure:
        log.warning("session.qr_not_fetched", channel_id=str(source.channel_id), failure=str(failure))
        return
    if qr is None:
        return
    sealed_qr = Keyring(get_settings().encryption_keys).encrypt(qr, sealed.SESSION_QR)
    with get_engine().begin() as connection:
        gateway_sessions.set_qr(connection, source.channel_id, sealed_qr, QR_LIFETIME)
    log.info("session.qr_fetched", channel_id=str(source.channel_id))


@app.task(name="housekeeping.forget_session_qrs")
def forget_qrs() -> None:
    """Erase QRs and pairing codes whose time is over (S3.42), and the history that nobody asks for any more."""
    with get_engine().begin() as connection:
        forgotten = gateway_sessions.forget_expired_qrs(connection)
        gateway_sessions.forget_events(connection, KEEP_HISTORY)
    if forgotten:
        log.info("sessions.qrs_forgotten", count=forgotten)
