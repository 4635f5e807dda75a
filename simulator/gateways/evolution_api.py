"""Evolution API's HTTP API (doc.evolution-api.com, v2): the instance stands in the path, errors in `response`."""

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
from simulator.gateways.evolution_events import message_json
from simulator.gateways.sessions import GatewaySession

STATES = {"stopped": "close", "scan": "connecting", "connected": "open", "failed": "close"}
MEDIA_TYPES = ("image", "video", "document")
CREATED = 201
UNAUTHORIZED = RefusedCall(401, {"status": 401, "error": "Unauthorized", "response": {"message": "Unauthorized"}})


def _bad(message: Any, status: int = 400, error: str = "Bad Request") -> RefusedCall:
    return RefusedCall(status, {"status": status, "error": error, "response": {"message": [message]}})


def _session(request: web.Request) -> GatewaySession:
    check_key(request.headers.get("apikey"), UNAUTHORIZED)
    name = request.match_info["instance"]
    session = world_of(request).find("evolution", name)
    if session is None:
        raise _bad(f'The "{name}" instance does not exist', 404, "Not Found")
    return session


@answering
async def connect(request: web.Request) -> web.Response:
    """Connects a closed instance and answers with its QR; with ?number= with a pairing code too."""
    session, world = _session(request), world_of(request)
    if session.is_connected:
        return answer_json({"instance": {"instanceName": session.name, "state": "open"}})
    if session.state != "scan":
        world.start(session)
    if "number" in request.query:
        world.ask_pairing_code(session)
    return answer_json({"pairingCode": session.pairing_code, "code": session.qr, "base64": "data:,", "count": 1})


@answering
async def connection_state(request: web.Request) -> web.Response:
    """open | connecting | close."""
    session = _session(request)
    return answer_json({"instance": {"instanceName": session.name, "state": STATES[session.state]}})


@answering
async def restart(request: web.Request) -> web.Response:
    """Failures come as 200 with error true."""
    session = _session(request)
    if STATES[session.state] == "close":
        return answer_json({"error": True, "message": f'The "{session.name}" instance is not connected'})
    world_of(request).start(session)
    return answer_json({"instance": {"instanceName": session.name, "status": "connecting"}})


@answering
async def logout(request: web.Request) -> web.Response:
    """Only a connected instance can be logged out."""
    session = _session(request)
    if STATES[session.state] == "close":
        raise _bad(f'The "{session.name}" instance is not connected')
    world_of(request).stop(session)
    return answer_json({"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}})


@answering
async def send(request: web.Request) -> web.Response:
    """sendText, sendMedia, sendWhatsAppAudio."""
    session = _session(request)
    body = await json_of(request, _bad("no JSON"))
    sending = _SENDINGS[request.match_info["call"]](_chat(body), body)
    return await send_under_faults(
        request,
        session,
        sending,
        not_on_whatsapp=_bad({"jid": sending.chat, "exists": False, "number": body["number"]}),
        sent=message_json,
        no_id={},
        not_connected=_bad("Error: Connection Closed"),
        status=CREATED,
    )


@answering
async def get_base64(request: web.Request) -> web.Response:
    """The file of a message that the instance keeps."""
    session = _session(request)
    body = await json_of(request, _bad("no JSON"))
    message = session.find(str(body["message"]["key"]["id"]))
    if message is None or message.file is None:
        raise _bad("Message not found")
    file = message.file
    told = {"mediaType": f"{message.type}Message", "fileName": file["filename"], "mimetype": file["mimetype"]}
    return answer_json({**told, "base64": file["data"], "buffer": None}, CREATED)


def _chat(body: dict[str, Any]) -> str:
    number = body.get("number")
    if not isinstance(number, str) or not number:
        raise _bad('instance requires property "number"')
    if number.endswith("@lid"):
        return number
    if not number.isdigit():
        raise _bad("number must be digits")
    return f"{number}@c.us"


def _text(chat: str, body: dict[str, Any]) -> Sending:
    if not isinstance(body.get("text"), str) or not body["text"]:
        raise _bad('instance requires property "text"')
    return Sending(chat, "text", body["text"])


def _media(chat: str, body: dict[str, Any]) -> Sending:
    if body.get("mediatype") not in MEDIA_TYPES:
        raise _bad("mediatype must be image, video or document")
    return Sending(chat, body["mediatype"], body.get("caption", ""), _file(body, "media"))


def _audio(chat: str, body: dict[str, Any]) -> Sending:
    return Sending(chat, "audio", "", _file(body, "audio"))


def _file(body: dict[str, Any], name: str) -> dict[str, str]:
    if not isinstance(body.get(name), str) or not body[name]:
        raise _bad("Owned media must be a url or base64")
    return {"url": body[name], "mimetype": body.get("mimetype", ""), "filename": body.get("fileName", ""), "data": ""}


_SENDINGS = {"sendText": _text, "sendMedia": _media, "sendWhatsAppAudio": _audio}

BASE = "/gateways/evolution"
ROUTES = (
    web.get(BASE + "/instance/connect/{instance}", connect),
    web.get(BASE + "/instance/connectionState/{instance}", connection_state),
    web.post(BASE + "/instance/restart/{instance}", restart),
    web.delete(BASE + "/instance/logout/{instance}", logout),
    web.post(BASE + "/chat/getBase64FromMediaMessage/{instance}", get_base64),
    web.post(BASE + "/message/{call:sendText|sendMedia|sendWhatsAppAudio}/{instance}", send),
)
