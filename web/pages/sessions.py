"""/settings/sessions: WhatsApp Web gateways' sessions, their QR, their day, and what people ask of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from checks.session_control import COMMANDS, SessionControl
from db.encryption import EncryptionError
from db.queries import gateway_sessions, gateway_sources
from gateways.clients.failures import GatewayFailure, NotSupported, Refused
from gateways.state_machine import SessionState, bucket
from messaging.phone import to_e164
from messaging.sentences import Sentence
from messaging.violations import Violation
from observability.logging import get_logger
from web.api.services import services
from web.api.session_views import status_data, summary
from web.pages import toasts
from web.pages.sample_invoice import BAD_PHONE
from web.pages.session_looks import BUCKETS, loading_percent, look_of
from web.pages.session_strip import DAY, LENGTH, connected_percent, strip
from web.people.rendering import page
from web.people.sessions import require_role, the_user

SHOWN_EVENTS: Final = 50
DONE: Final[Mapping[str, Sentence]] = {
    "start": Sentence("The gateway starts the session."),
    "restart": Sentence("The gateway restarts the session."),
    "stop": Sentence("The session is stopped and stays linked to the phone."),
    "log-out": Sentence("The session is logged out: it needs a new QR."),
}
ALL_STOPPED: Final = Sentence("All sessions are stopped and stay linked to their phones.")
CANNOT: Final = Sentence("This kind of gateway cannot do that.")
NO_ANSWER: Final = Sentence("The gateway gave no clear answer. Is it running, and is its address right? See its log.")

blueprint = Blueprint("gateway_sessions", __name__, url_prefix="/settings/sessions")
log = get_logger(__name__)


@blueprint.get("")
def show() -> Response:
    """All sessions with a summary; live.js has the list drawn again."""
    wanted, owner, now = request.args.get("bucket", ""), request.args.get("user", ""), datetime.now(UTC)
    with services().database.connect() as connection:
        every = gateway_sources.shown(connection, the_user().tenant_id)
        day = gateway_sessions.transitions_since(connection, the_user().tenant_id, now - DAY)
    rows = [row for row in every if not owner or row.user_id == owner]
    shown = [row for row in rows if wanted not in BUCKETS or bucket(row.status, has_qr=row.has_qr) == wanted]
    template = "settings/session_cards.html" if "HX-Request" in request.headers else "settings/sessions.html"
    return page(
        template,
        cards=[_card(row, day.get(row.channel_id, []), now) for row in shown],
        summary=summary(rows),
        buckets=BUCKETS,
        wanted=wanted,
        owner=owner,
        owners=sorted({row.user_id for row in every if row.user_id}),
        strip_length=LENGTH,
    )


@blueprint.post("")
@require_role("owner")
def stop_all() -> AnyResponse:
    """Stop every session; those that do not are named."""
    user = the_user()
    stopped = SessionControl(services().database.transaction, user.tenant_id, user.actor).stop_all()
    left = tuple(one.session_id for one in stopped if one.problem)
    if left:
        toasts.tell_failure(Sentence("These did not stop: {names}. Open each to see why.", names=left))
    else:
        toasts.tell(ALL_STOPPED)
    return redirect(url_for("gateway_sessions.show"), 303)


@blueprint.get("/<session_id>")
def show_session(session_id: str) -> Response:
    """One session; live.js has its state drawn again."""
    return _session_page(session_id)


@blueprint.post("/<session_id>/start")
@require_role("operator")
def start(session_id: str) -> AnyResponse:
    """Start it; its QR follows."""
    return _given(session_id, "start")


@blueprint.post("/<session_id>/restart")
@require_role("operator")
def restart(session_id: str) -> AnyResponse:
    """Stop and start it."""
    return _given(session_id, "restart")


@blueprint.post("/<session_id>/stop")
@require_role("operator")
def stop(session_id: str) -> AnyResponse:
    """Stop it and keep its pairing."""
    return _given(session_id, "stop")


@blueprint.post("/<session_id>/log-out")
@require_role("owner")
def log_out(session_id: str) -> AnyResponse:
    """End its pairing."""
    return _given(session_id, "log-out")


@blueprint.post("/<session_id>/pairing-code")
@require_role("operator")
def ask_pairing_code(session_id: str) -> AnyResponse:
    """Ask for a code to be entered on the phone instead of a QR, and show it, this once."""
    try:
        phone = to_e164(request.form.get("phone", ""))
    except Violation:
        return _session_page(session_id, 422, pairing_error=BAD_PHONE)
    code: list[str] = []
    _attempt(session_id, lambda control: code.append(control.pairing_code(session_id, phone)))
    return _session_page(session_id, pairing_code=code[0]) if code else _back(session_id)


def _given(session_id: str, command: str) -> AnyResponse:
    if _attempt(session_id, lambda control: control.give(session_id, command)):
        toasts.tell(DONE[command])
    return _back(session_id)


def _attempt(session_id: str, action: Callable[[SessionControl], object]) -> bool:
    """Do something at the gateway; False: it did not obey, which the next page tells."""
    user = the_user()
    try:
        action(SessionControl(services().database.transaction, user.tenant_id, user.actor))
    except (GatewayFailure, EncryptionError) as failure:
        log.warning("session.not_controlled", session_id=session_id, failure=str(failure))
        toasts.tell_failure(_explained(failure))
        return False
    return True


def _explained(failure: Exception) -> Sentence:
    if isinstance(failure, NotSupported):
        return CANNOT
    if isinstance(failure, Refused):
        return Sentence("The gateway refused: {title}.", title=failure.title)
    return NO_ANSWER


def _back(session_id: str) -> AnyResponse:
    return redirect(url_for("gateway_sessions.show_session", session_id=session_id), 303)


def _session_page(session_id: str, status: int = 200, **more: Any) -> Response:
    now, user = datetime.now(UTC), the_user()
    with services().database.connect() as connection:
        rows = gateway_sources.shown(connection, user.tenant_id, session_id=session_id)
        if not rows:
            raise NotFound
        day = gateway_sessions.transitions_since(connection, user.tenant_id, now - DAY, rows[0].channel_id)
        events = gateway_sessions.events_of(connection, user.tenant_id, session_id, SHOWN_EVENTS)
    is_part = "HX-Request" in request.headers
    return page(
        "settings/session_state.html" if is_part else "settings/session.html",
        status,
        card=_card(rows[0], day.get(rows[0].channel_id, []), now),
        qr_image=_qr_image(rows[0]),
        events=events,
        look_of=look_of,
        commands=COMMANDS,
        strip_length=LENGTH,
        **more,
    )


def _qr_image(row: Any) -> str | None:
    """Return the picture for who may log a phone in; viewers see none (S3.50)."""
    if not the_user().may("operator") or row.status != SessionState.QR_GENERATED:
        return None
    image: str | None = status_data(row, services().keyring)["qrImage"]
    return image


def _card(row: Any, transitions: Sequence[Any], now: datetime) -> dict[str, Any]:
    stretches = strip(row, transitions, now)
    return {
        "session": row,
        "look": look_of(row.status),
        "percent": loading_percent(row),
        "strip": stretches,
        "connected": connected_percent(stretches),
    }
