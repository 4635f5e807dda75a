"""WPPConnect server's HTTP API (wppconnect.io/swagger): POST /api/{session}/…, the session's token as bearer."""

from typing import Any

from aiohttp import web

from simulator.endings import answer_json
from simulator.gateways.calls import (
    RefusedCall,
    Sending,
    answering,
    check_key,
    json_of,
    send_under_faults,
    world_of,
)
from simulator.gateways.sessions import GatewaySession
from simulator.gateways.wppconnect_events import message_json

STATUSES = {"stopped": "CLOSED", "scan": "QRCODE", "connected": "CONNECTED", "failed": "CLOSED"}
INACTIVE = {"response": None, "status": "Disconnected", "message": "A sessão do WhatsApp não está ativa."}
CREATED = 201
UNAUTHORIZED = RefusedCall(401, {"error": "Check that a Session and Token are correct"})
NO_JSON = RefusedCall(400, {"status": "error", "message": "no JSON"})


def _session(request: web.Request) -> GatewaySession:
    check_key(request.headers.get("Authorization", "").removeprefix("Bearer "), UNAUTHORIZED)
    session = world_of(request).find("wppconnect", request.match_info["session"])
    if session is None:
        raise UNAUTHORIZED
    return session


@answering
async def status_session(request: web.Request) -> web.Response:
    """The QR as picture and as text."""
    session = _session(request)
    told = {"status": STATUSES[session.state], "qrcode": None, "urlcode": session.qr or "", "version": "2.8.0"}
    return answer_json(told)


@answering
async def start_session(request: web.Request) -> web.Response:
    """With a phone: a pairing code instead of a QR."""
    session, world = _session(request), world_of(request)
    body = await json_of(request, NO_JSON)
    if session.state != "scan":
        world.start(session)
    if body.get("phone"):
        return answer_json(
            {"status": "phoneCode", "phoneCode": world.ask_pairing_code(session), "session": session.name}
        )
    return answer_json({"status": STATUSES[session.state], "qrcode": None, "session": session.name})


@answering
async def close_session(request: web.Request) -> web.Response:
    """Keeps the pairing."""
    world_of(request).stop(_session(request))
    return answer_json({"status": True, "message": "Session successfully closed"})


@answering
async def logout_session(request: web.Request) -> web.Response:
    """Ends the pairing."""
    session = _session(request)
    session.state, session.qr = "stopped", None
    world_of(request).tell(session, "logged_out")
    return answer_json({"status": True, "message": "Session successfully closed"})


@answering
async def send(request: web.Request) -> web.Response:
    """send-message, send-file. The session is looked at first, then the number."""
    session = _session(request)
    body = await json_of(request, NO_JSON)
    if not session.is_connected:
        raise RefusedCall(404, INACTIVE)
    sending = _sending(request.match_info["call"], body)
    unknown = f"O número informado {body['phone']} não existe."
    return await send_under_faults(
        request,
        session,
        sending,
        not_on_whatsapp=RefusedCall(400, {"response": None, "status": "Connected", "message": unknown}),
        sent=lambda message: {"status": "success", "response": [message_json(message)], "mapper": "return"},
        no_id={"status": "success", "response": [], "mapper": "return"},
        not_connected=RefusedCall(404, INACTIVE),
        status=CREATED,
    )


@answering
async def download_media(request: web.Request) -> web.Response:
    """messageId is the whole id."""
    session = _session(request)
    body = await json_of(request, NO_JSON)
    found = [one for one in session.received if one.serialized == body.get("messageId")]
    if not found or found[0].file is None:
        raise RefusedCall(400, {"status": "error", "message": "Message not found"})
    return answer_json({"base64": found[0].file["data"], "mimetype": found[0].file["mimetype"]})


def _sending(call: str, body: dict[str, Any]) -> Sending:
    phone = body.get("phone")
    if not isinstance(phone, str) or not phone.isdigit():
        raise RefusedCall(400, {"status": "error", "message": "phone must be digits"})
    chat = f"{phone}@{'lid' if body.get('isLid') else 'c.us'}"
    if call == "send-message":
        if not isinstance(body.get("message"), str) or not body["message"]:
            raise RefusedCall(400, {"status": "error", "message": "message is required"})
        return Sending(chat, "text", body["message"])
    if not isinstance(body.get("path"), str):
        raise RefusedCall(401, {"message": "Sending the file is mandatory"})
    file = {"url": body["path"], "mimetype": "", "filename": body.get("filename", "file"), "data": ""}
    return Sending(chat, "document", body.get("caption", ""), file)


BASE = "/gateways/wppconnect/api/{session}"
ROUTES = (
    web.get(BASE + "/status-session", status_session),
    web.post(BASE + "/start-session", start_session),
    web.post(BASE + "/close-session", close_session),
    web.post(BASE + "/logout-session", logout_session),
    web.post(BASE + "/download-media", download_media),
    web.post(BASE + "/{call:send-message|send-file}", send),
)
