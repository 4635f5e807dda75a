"""/v1/gateways: register sessions of WhatsApp Web gateways, control them, look at what happened to them."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, NoReturn
from urllib.parse import quote, urlencode

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import Row

from checks.session_control import SessionControl
from db import gateway_settings
from db.encryption import EncryptionError
from db.gateway_settings import Registered, SessionLimitError, SessionTakenError, WantedSession
from db.queries import gateway_sessions, gateway_sources
from gateways.clients.failures import GatewayFailure, NotSupported, Refused
from gateways.kinds import CAPABILITIES, Kind, Proof
from messaging.phone import to_e164
from messaging.violations import Violation
from observability.logging import get_logger
from web.api.answers import json_answer, moment
from web.api.auth import SETTINGS, current_actor, current_tenant, protect
from web.api.inputs import below
from web.api.problems import Fault, Problem, invalid
from web.api.schemas.gateways import (
    EXAMPLE_GATEWAY,
    ControlAnswer,
    GatewayList,
    GatewayRegistered,
    GatewayShown,
    NewGateway,
    PairingCodeShown,
    PairingRequest,
    SessionEventList,
    StopAllAnswer,
)
from web.api.services import services
from web.webhooks.gateways import PREFIX as WEBHOOK_PREFIX

COLLECTION: Final = "/v1/gateways"
SHOWN_EVENTS = 200
UNREACHABLE = 502

CONTROL_ANSWERS: Final = {409: "This kind of gateway cannot.", 502: "The gateway did not obey."}

blueprint = APIBlueprint("gateways", __name__, tag="Gateways", url_prefix=COLLECTION)
protect(blueprint, changing=SETTINGS)
log = get_logger(__name__)


@blueprint.post("")
@blueprint.input(NewGateway, example={"kind": "waha", "session_id": "shop", "base_url": "http://127.0.0.1:3000"})
@blueprint.output(GatewayRegistered, 201, example={**EXAMPLE_GATEWAY, "secret": "shown this once"})
@blueprint.doc(operation_id="registerGateway", responses={409: "The session's name is registered already."})
def register_gateway(json_data: NewGateway) -> Response:
    """Register a session of a gateway

    The answer holds its webhook's address and secret: the secret is shown this once.
    """
    kind = Kind(json_data.kind)
    proof = _proof(kind, json_data.proof)
    settings = services().settings
    given = settings.whatsapp_api_key
    wanted = WantedSession(
        kind=kind,
        session_id=json_data.session_id,
        base_url=json_data.base_url or settings.whatsapp_server_api,
        api_key=json_data.api_key or (given.get_secret_value() if given else None),
        proof=proof,
        secret=json_data.secret,
        user_id=json_data.user_id,
    )
    registered = _register(wanted)
    log.info("gateway.registered", channel_id=str(registered.channel_id), kind=kind)
    shown = _shown(_find(json_data.session_id))
    if proof is Proof.URL_SECRET:
        shown["webhook_url"] += "?" + urlencode({"secret": registered.secret})
    return json_answer({**shown, "secret": registered.secret}, 201, {"Cache-Control": "no-store"})


@blueprint.get("")
@blueprint.output(GatewayList, example={"data": [EXAMPLE_GATEWAY], "next": None})
@blueprint.doc(operation_id="listGateways")
def list_gateways() -> Response:
    """List the registered sessions"""
    with services().database.connect() as connection:
        rows = gateway_sources.shown(connection, current_tenant())
    return json_answer({"data": [_shown(row) for row in rows], "next": None})


@blueprint.get("/<session_id>")
@blueprint.output(GatewayShown, example=EXAMPLE_GATEWAY)
@blueprint.doc(operation_id="getGateway")
def get_gateway(session_id: str) -> Response:
    """Show a session"""
    return json_answer(_shown(_find(session_id)))


@blueprint.delete("/<session_id>")
@blueprint.output({}, 204, description="Forgotten.")
@blueprint.doc(operation_id="removeGateway")
def remove_gateway(session_id: str) -> Response:
    """Forget a session

    Its keys are erased and what waits to be sent through it is cancelled; its messages stay.
    """
    with services().database.transaction() as connection:
        if not gateway_settings.remove(connection, current_tenant(), current_actor(), session_id):
            raise _not_found()
    services().tenants.forget(current_tenant())
    return Response(status=204)


@blueprint.get("/<session_id>/events")
@blueprint.output(SessionEventList)
@blueprint.doc(operation_id="listSessionEvents")
def list_session_events(session_id: str) -> Response:
    """Show what happened to a session, newest first"""
    _find(session_id)
    with services().database.connect() as connection:
        rows = gateway_sessions.events_of(connection, current_tenant(), session_id, SHOWN_EVENTS)
    return json_answer({"data": [_event_shown(row) for row in rows], "next": None})


@blueprint.post("/<session_id>/start")
@blueprint.output(ControlAnswer, 202)
@blueprint.doc(operation_id="startSession", responses=CONTROL_ANSWERS)
def start_session(session_id: str) -> Response:
    """Start a session; its QR follows"""
    return _controlled(session_id, "start")


@blueprint.post("/<session_id>/stop")
@blueprint.output(ControlAnswer, 202)
@blueprint.doc(operation_id="stopSession", responses=CONTROL_ANSWERS)
def stop_session(session_id: str) -> Response:
    """Stop a session and keep its pairing"""
    return _controlled(session_id, "stop")


@blueprint.post("/stop-all")
@blueprint.output(StopAllAnswer, example={"data": [{"session_id": "shop", "problem": None}], "next": None})
@blueprint.doc(operation_id="stopAllSessions")
def stop_all_sessions() -> Response:
    """Stop all sessions and keep their pairings

    One that its gateway does not stop is named with the reason; the others stop all the same.
    """
    stopped = SessionControl(services().database.transaction, current_tenant(), current_actor()).stop_all()
    return json_answer(
        {"data": [{"session_id": one.session_id, "problem": one.problem} for one in stopped], "next": None}
    )


@blueprint.post("/<session_id>/restart")
@blueprint.output(ControlAnswer, 202)
@blueprint.doc(operation_id="restartSession", responses=CONTROL_ANSWERS)
def restart_session(session_id: str) -> Response:
    """Restart a session"""
    return _controlled(session_id, "restart")


@blueprint.post("/<session_id>/log-out")
@blueprint.output(ControlAnswer, 202)
@blueprint.doc(operation_id="logOutSession", responses=CONTROL_ANSWERS)
def log_out_session(session_id: str) -> Response:
    """Log a session out: it needs a new QR"""
    return _controlled(session_id, "log-out")


@blueprint.post("/<session_id>/pairing-code")
@blueprint.input(PairingRequest, example={"phone": "+18295550142"})
@blueprint.output(PairingCodeShown, example={"pairing_code": "AB12CD34"})
@blueprint.doc(operation_id="requestPairingCode", responses=CONTROL_ANSWERS)
def request_pairing_code(session_id: str, json_data: PairingRequest) -> Response:
    """Ask for a code to be entered on the phone instead of a QR"""
    try:
        phone = to_e164(json_data.phone)
    except Violation as violation:
        raise invalid(below("/phone", violation)) from None
    code = _obeyed(session_id, lambda control: control.pairing_code(session_id, phone))
    return json_answer({"pairing_code": code}, headers={"Cache-Control": "no-store"})


def _controlled(session_id: str, command: str) -> Response:
    _obeyed(session_id, lambda control: control.give(session_id, command))
    return json_answer({"session_id": session_id, "status": _find(session_id).status}, 202)


def _obeyed(session_id: str, action: Callable[[SessionControl], Any]) -> Any:
    try:
        return action(SessionControl(services().database.transaction, current_tenant(), current_actor()))
    except (GatewayFailure, EncryptionError) as failure:
        log.warning("session.not_controlled", session_id=session_id, failure=str(failure))
        _explain(failure)


def _explain(failure: Exception) -> NoReturn:
    if isinstance(failure, NotSupported):
        raise Problem(409, "not_supported", f"This kind of gateway has no {failure}.") from None
    if isinstance(failure, Refused):
        raise Problem(UNREACHABLE, "gateway_refused", f"{failure.title}.") from None
    raise Problem(UNREACHABLE, "gateway_unreachable", "The gateway gave no clear answer; look at its log.") from None


def _register(wanted: WantedSession) -> Registered:
    try:
        with services().database.transaction() as connection:
            registered = gateway_settings.register(
                connection, services().keyring, current_tenant(), current_actor(), wanted
            )
    except Violation as violation:
        raise invalid(below("", violation)) from None
    except SessionLimitError as limit:
        detail = f"The plan allows {limit.allowed} sessions: remove one first, or ask whoever runs this installation."
        raise Problem(403, "session_limit", detail) from None
    except SessionTakenError:
        raise Problem(409, "session_taken", "A session of this name is registered already.") from None
    services().tenants.forget(current_tenant())
    return registered


def _proof(kind: Kind, wanted: str | None) -> Proof:
    possible = CAPABILITIES[kind].proofs
    if wanted is None:
        return possible[0]
    if wanted not in possible:
        raise invalid(Fault("/proof", f"{kind} can prove itself by {' or '.join(possible)}"))
    return Proof(wanted)


def _find(session_id: str) -> Row[Any]:
    with services().database.connect() as connection:
        rows = gateway_sources.shown(connection, current_tenant(), session_id=session_id)
    if not rows:
        raise _not_found()
    return rows[0]


def _not_found() -> Problem:
    return Problem(404, detail="There is no such session.")


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": str(row.channel_id),
        "kind": row.kind,
        "session_id": row.session_id,
        "base_url": row.base_url,
        "proof": row.proof,
        "user_id": row.user_id,
        "status": row.status,
        "message": row.message,
        "phone": row.phone,
        "webhook_url": webhook_url(row.session_id),
        "capabilities": {name: told for name, told in asdict(CAPABILITIES[Kind(row.kind)]).items() if name != "proofs"},
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def webhook_url(session_id: str) -> str:
    """Return where a session's gateway reports, without any secret."""
    return f"{services().settings.own_url}{WEBHOOK_PREFIX}{quote(session_id)}"


def _event_shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "event": row.event,
        "word": row.word,
        "before": row.before,
        "after": row.after,
        "message": row.message,
        "happened_at": moment(row.happened_at),
        "arrived_at": moment(row.arrived_at),
        "at": moment(row.at),
    }
