"""wwebjs-api's HTTP API (its OpenAPI page): GET for commands, POST /client/sendMessage/{sessionId}."""

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
from simulator.gateways.wwebjs_events import message_json

WRONG_KEY = RefusedCall(403, {"success": False, "error": "Invalid API key"})
NOT_FOUND = {"success": False, "state": None, "message": "session_not_found"}


def _bad(error: str, status: int = 400) -> RefusedCall:
    return RefusedCall(status, {"success": False, "error": error})


def _session(request: web.Request) -> GatewaySession | None:
    check_key(request.headers.get("x-api-key"), WRONG_KEY)
    return world_of(request).find("wwebjs", request.match_info["session"])


@answering
async def start(request: web.Request) -> web.Response:
    """A running session is refused with 422."""
    session = _session(request)
    if session is None:
        raise _bad("the simulator knows no such session: POST /_sim/gateways first", 422)
    if session.state != "stopped":
        raise _bad(f"Session already exists for: {session.name}", 422)
    world_of(request).start(session)
    return answer_json({"success": True, "message": "Session initiated successfully"})


@answering
async def stop(request: web.Request) -> web.Response:
    """Stopping tells nothing by webhook."""
    session = _session(request)
    if session is not None:
        session.state, session.qr = "stopped", None
    return answer_json({"success": True, "message": "Session stopped successfully"})


@answering
async def restart(request: web.Request) -> web.Response:
    """Starts anew; here with a new QR."""
    session = _session(request)
    if session is None:
        return answer_json(NOT_FOUND)
    world_of(request).start(session)
    return answer_json({"success": True, "message": "Restarted successfully"})


@answering
async def terminate(request: web.Request) -> web.Response:
    """Logs out; the library tells `disconnected` with LOGOUT."""
    session = _session(request)
    if session is None:
        return answer_json(NOT_FOUND)
    world_of(request).lose(session, "LOGOUT")
    return answer_json({"success": True, "message": "Logged out successfully"})


@answering
async def status(request: web.Request) -> web.Response:
    """state is a WAState, or null."""
    session = _session(request)
    if session is None:
        return answer_json(NOT_FOUND)
    if session.is_connected:
        return answer_json({"success": True, "state": "CONNECTED", "message": "session_connected"})
    return answer_json({"success": False, "state": None, "message": "session_not_connected"})


@answering
async def qr(request: web.Request) -> web.Response:
    """200 with success false while there is none."""
    session = _session(request)
    if session is None:
        return answer_json({"success": False, "message": "session_not_found"})
    if session.qr is None:
        return answer_json({"success": False, "message": "qr code not ready or already scanned"})
    return answer_json({"success": True, "qr": session.qr})


@answering
async def pairing_code(request: web.Request) -> web.Response:
    """A code for the phone number in the body."""
    session = _connected_or_starting(_session(request))
    body = await json_of(request, _bad("no JSON"))
    if not str(body.get("phoneNumber", "")).isdigit():
        raise _bad("phoneNumber must be digits", 500)
    return answer_json({"success": True, "result": world_of(request).ask_pairing_code(session)})


@answering
async def send_message(request: web.Request) -> web.Response:
    """contentType string or MessageMediaFromURL."""
    session = _session(request)
    if session is None:
        raise _bad("session_not_found", 404)
    sending = _sending(await json_of(request, _bad("no JSON")))
    return await send_under_faults(
        request,
        session,
        sending,
        not_on_whatsapp=_bad("No LID for user", 500),
        sent=lambda message: {"success": True, "message": message_json(message)},
        no_id={"success": True},
        not_connected=_bad("session_not_connected", 404),
    )


@answering
async def download_media(request: web.Request) -> web.Response:
    """messageId is the bare id; what is not found is a 500."""
    session = _session(request)
    if session is None:
        raise _bad("session_not_found", 404)
    body = await json_of(request, _bad("no JSON"))
    message = session.find(str(body.get("messageId")))
    if message is None or message.chat != body.get("chatId") or message.file is None:
        raise _bad("Message not found", 500)
    return answer_json({"success": True, "messageMedia": message.file})


def _connected_or_starting(session: GatewaySession | None) -> GatewaySession:
    if session is None or session.state == "stopped":
        raise _bad("session_not_found", 404)
    return session


def _sending(body: dict[str, Any]) -> Sending:
    chat, content = body.get("chatId"), body.get("content")
    if not isinstance(chat, str) or "@" not in chat or not isinstance(content, str) or not content:
        raise _bad("invalid wid", 500)
    match body.get("contentType"):
        case "string":
            return Sending(chat, "text", content)
        case "MessageMediaFromURL":
            options = body.get("options", {})
            kind = "document" if options.get("sendMediaAsDocument") else "image"
            name = body.get("mediaFromURLOptions", {}).get("filename", "")
            file = {"url": content, "mimetype": "", "filename": name, "data": ""}
            return Sending(chat, kind, options.get("caption", ""), file)
    raise _bad("invalid contentType")


BASE = "/gateways/wwebjs"
ROUTES = (
    web.get(BASE + "/session/start/{session}", start),
    web.get(BASE + "/session/stop/{session}", stop),
    web.get(BASE + "/session/restart/{session}", restart),
    web.get(BASE + "/session/terminate/{session}", terminate),
    web.get(BASE + "/session/status/{session}", status),
    web.get(BASE + "/session/qr/{session}", qr),
    web.post(BASE + "/session/requestPairingCode/{session}", pairing_code),
    web.post(BASE + "/message/downloadMedia/{session}", download_media),
    web.post(BASE + "/client/sendMessage/{session}", send_message),
)
