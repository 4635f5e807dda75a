"""WAHA's HTTP API (waha.devlike.pro: Sessions, Send messages); 201 for what it made, 422 for a wrong status."""

import re
from base64 import b64decode
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
from simulator.gateways.waha_events import message_json

CHAT = re.compile(r"[0-9-]+@(c\.us|s\.whatsapp\.net|lid|g\.us)")
STATUSES = {"stopped": "STOPPED", "scan": "SCAN_QR_CODE", "connected": "WORKING", "failed": "FAILED"}
KINDS = {"sendText": "text", "sendImage": "image", "sendVideo": "video", "sendVoice": "audio", "sendFile": "document"}
UNAUTHORIZED = RefusedCall(401, {"message": "Unauthorized", "statusCode": 401})
CREATED = 201


def _bad(message: str) -> RefusedCall:
    return RefusedCall(400, {"statusCode": 400, "message": [message], "error": "Bad Request"})


def _session(request: web.Request, name: str) -> GatewaySession:
    check_key(request.headers.get("X-Api-Key"), UNAUTHORIZED)
    session = world_of(request).find("waha", name)
    if session is None:
        raise RefusedCall(404, {"statusCode": 404, "message": "Session not found", "error": "Not Found"})
    return session


def _unexpected(session: GatewaySession, expected: str) -> RefusedCall:
    error = "Session status is not as expected. Try again later or restart the session"
    told = {"session": session.name, "status": STATUSES[session.state], "expected": [expected]}
    return RefusedCall(422, {"error": error, **told})


def _told(session: GatewaySession) -> dict[str, Any]:
    return {"name": session.name, "status": STATUSES[session.state], "config": {}, "me": None, "engine": {}}


@answering
async def get_session(request: web.Request) -> web.Response:
    """The session's status."""
    return answer_json(_told(_session(request, request.match_info["session"])))


@answering
async def command(request: web.Request) -> web.Response:
    """start | stop | restart | logout."""
    session, world = _session(request, request.match_info["session"]), world_of(request)
    match request.match_info["command"]:
        case "start" | "restart":
            world.start(session)
        case "stop" | "logout":
            world.stop(session)
    return answer_json(_told(session), CREATED)


@answering
async def get_qr(request: web.Request) -> web.Response:
    """?format=raw gives the text; only while one is shown."""
    session = _session(request, request.match_info["session"])
    if session.qr is None:
        raise _unexpected(session, "SCAN_QR_CODE")
    if request.query.get("format") != "raw":
        return web.Response(body=b"\x89PNG", content_type="image/png")
    return answer_json({"value": session.qr})


@answering
async def request_code(request: web.Request) -> web.Response:
    """A pairing code."""
    session = _session(request, request.match_info["session"])
    body = await json_of(request, _bad("no JSON"))
    if session.state != "scan":
        raise _unexpected(session, "SCAN_QR_CODE")
    if not str(body.get("phoneNumber", "")).isdigit():
        raise _bad("phoneNumber must be a string of digits")
    return answer_json({"code": world_of(request).ask_pairing_code(session)}, CREATED)


@answering
async def get_lid(request: web.Request) -> web.Response:
    """The number behind a @lid: the simulator keeps the digits."""
    _session(request, request.match_info["session"])
    lid = request.match_info["lid"]
    return answer_json({"lid": f"{lid}@lid", "pn": f"1809{lid[-7:]}@c.us"})


@answering
async def get_file(request: web.Request) -> web.Response:
    """What a customer sent, from whichever session."""
    check_key(request.headers.get("X-Api-Key"), UNAUTHORIZED)
    file = world_of(request).file_of("waha", request.match_info["name"])
    if file is None:
        raise RefusedCall(404, {"statusCode": 404, "message": "Cannot GET", "error": "Not Found"})
    return web.Response(body=b64decode(file["data"]), content_type=file["mimetype"])


@answering
async def send(request: web.Request) -> web.Response:
    """sendText, sendImage, sendVideo, sendVoice, sendFile."""
    body = await json_of(request, _bad("no JSON"))
    session = _session(request, str(body.get("session")))
    sending = _sending(KINDS[request.match_info["call"]], body)
    return await send_under_faults(
        request,
        session,
        sending,
        not_on_whatsapp=RefusedCall(500, {"statusCode": 500, "exception": {"message": "No LID for user"}}),
        sent=message_json,
        no_id={},
        not_connected=_unexpected(session, "WORKING"),
        status=CREATED,
    )


def _sending(kind: str, body: dict[str, Any]) -> Sending:
    chat = body.get("chatId")
    if not isinstance(chat, str) or not CHAT.fullmatch(chat):
        raise _bad("chatId must be an id with @c.us, @lid or @g.us")
    if kind == "text":
        if not isinstance(body.get("text"), str) or not body["text"]:
            raise _bad("text must be a string")
        return Sending(chat, kind, body["text"])
    file = body.get("file")
    if not isinstance(file, dict) or not isinstance(file.get("url"), str):
        raise _bad("file.url must be a string")
    shown = {"url": file["url"], "mimetype": file.get("mimetype", ""), "filename": file.get("filename", ""), "data": ""}
    return Sending(chat, kind, body.get("caption", ""), shown)


BASE = "/gateways/waha/api"
ROUTES = (
    web.get(BASE + "/files/{name}", get_file),
    web.get(BASE + "/sessions/{session}", get_session),
    web.post(BASE + "/sessions/{session}/{command:start|stop|restart|logout}", command),
    web.get(BASE + "/{session}/auth/qr", get_qr),
    web.post(BASE + "/{session}/auth/request-code", request_code),
    web.get(BASE + "/{session}/lids/{lid}", get_lid),
    web.post(BASE + "/{call:sendText|sendImage|sendVideo|sendVoice|sendFile}", send),
)
