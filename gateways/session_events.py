"""Session events in the founding system's words (S3.8 to S3.15, S3.21b)."""

from gateways.dialect import Event
from gateways.items import REPEATS_WITHIN, SessionEvent
from gateways.secrets import digest_of
from gateways.state_machine import SessionState, Signal

QR_GENERATED = "QR code generated, scan to connect"
CONNECTED = "WhatsApp session connected successfully"
AUTHENTICATED = "Authenticated"
STOPPED = "Session stopped"
ACTION_REQUIRED = "Confirm the sign-in on the phone"


def disconnected(reason: str) -> str:
    """Return the text of a lost connection."""
    return f"Disconnected: {reason}"


def authentication_failed(reason: str) -> str:
    """Return the text of a refused login."""
    return f"Authentication failed: {reason}"


def state_changed(state: str) -> str:
    """Return the text of a change of state that says nothing more."""
    return f"State changed to: {state}"


def session_event(
    event: Event,
    signal: Signal,
    message: str,
    *,
    qr: str | None = None,
    pairing_code: str | None = None,
    must_fetch_qr: bool = False,
    phone: str | None = None,
) -> SessionEvent:
    """Return a session event. A QR is never the same twice, so its key lasts; any other state can come again."""
    return SessionEvent(
        event=event.name,
        at=event.at,
        key=event.key(signal.word, digest_of(qr or pairing_code or message)),
        repeats_within=None if event.id or qr else REPEATS_WITHIN,
        raw={},
        signal=signal,
        message=message,
        qr=qr,
        pairing_code=pairing_code,
        must_fetch_qr=must_fetch_qr,
        phone=phone,
    )


def qr_event(event: Event, word: str, qr: str) -> SessionEvent:
    """Return the event of a new QR."""
    return session_event(event, Signal(word, SessionState.QR_GENERATED), QR_GENERATED, qr=qr)
