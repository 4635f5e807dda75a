"""/_sim/gateways: register sessions, scan their QR, write to them, break them. No access check: loopback only."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from simulator.bad_control import BadControl, refuse_unknown_keys
from simulator.control import control, json_of, object_of
from simulator.endings import answer_json
from simulator.gateways.sessions import GatewaySession, WebMessage, new_message_id
from simulator.gateways.world import SECRET, WORLD, World, known_kind

FILE: Final = {
    "url": "http://127.0.0.1:1/file", "mimetype": "application/pdf", "filename": "payment.pdf", "data": "JVBERi0=",
}  # fmt: skip


@control
async def get_sessions(request: web.Request) -> web.Response:
    """All sessions with their QR, what they sent and received; POSTs on their way."""
    world = request.app[WORLD]
    sessions = [session.as_dict() for session in world.sessions.values()]
    return answer_json({"sessions": sessions, "waiting": world.posting.waiting, "answers": world.posting.answers})


@control
async def post_session(request: web.Request) -> web.Response:
    """{kind, session, webhook_url, secret?}: the gateway knows the session from now on, stopped."""
    wanted = object_of(await json_of(request))
    refuse_unknown_keys(wanted, ("kind", "session", "webhook_url", "secret"))
    session = request.app[WORLD].register(
        known_kind(wanted.get("kind")), str(wanted["session"]), str(wanted["webhook_url"]), wanted.get("secret", SECRET)
    )
    return answer_json(session.as_dict())


@control
async def post_act(request: web.Request) -> web.Response:
    """POST /_sim/gateways/{kind}/{session}/{act}: what happens in the session now; see ACTS."""
    world = request.app[WORLD]
    session = world.find(known_kind(request.match_info["kind"]), request.match_info["session"])
    act = ACTS.get(request.match_info["act"])
    if session is None or act is None:
        raise BadControl("unknown session or act", ACTS)
    made = act(world, session, object_of(await json_of(request)))
    return answer_json(made or {"success": True})


@control
async def post_faults(request: web.Request) -> web.Response:
    """{fault?, next?, events?: {duplicate, shuffle, hold, drop}}."""
    posting = request.app[WORLD].posting
    posting.faults.change(object_of(await json_of(request)))
    if not posting.faults.events.hold:
        posting.release()
    return answer_json(posting.faults.as_dict())


Act = Callable[[World, GatewaySession, Mapping[str, Any]], dict[str, Any] | None]


def _start(world: World, session: GatewaySession, _wanted: Mapping[str, Any]) -> None:
    world.start(session)


def _qr(world: World, session: GatewaySession, _wanted: Mapping[str, Any]) -> dict[str, Any]:
    world.show_qr(session)
    return {"qr": session.qr}


def _scan(world: World, session: GatewaySession, _wanted: Mapping[str, Any]) -> None:
    world.scan(session)


def _lose(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
    world.lose(session, str(wanted.get("reason", "LOGOUT")))


def _refuse(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
    world.refuse(session, str(wanted.get("reason", "Invalid QR scan")))


def _stop(world: World, session: GatewaySession, _wanted: Mapping[str, Any]) -> None:
    world.stop(session)


def _inbound(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """{from, body?, type?, id?, name?, author?, timestamp?, file?: true}."""
    message = WebMessage(
        id=str(wanted.get("id") or new_message_id()),
        chat=_chat(str(wanted["from"])),
        from_me=bool(wanted.get("from_me", False)),
        type=str(wanted.get("type", "text")),
        body=str(wanted.get("body", "Hola")),
        at=int(wanted.get("timestamp", time.time())),
        author=_chat(str(wanted["author"])) if wanted.get("author") else None,
        name=str(wanted.get("name", "Ana Peña")),
        file=dict(FILE) if wanted.get("file") else None,
    )
    world.receive(session, message)
    return {"id": message.id}


def _drop_file(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
    """{id}: WAHA holds the file no longer."""
    _message(session, wanted).is_file_held = False


def _ack(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
    world.acknowledge(session, _message(session, wanted), int(wanted["ack"]))


def _about_message(name: str) -> Act:
    def act(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
        world.tell(session, name, message=_message(session, wanted), text=str(wanted.get("text", "")))

    return act


def _call(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
    call = WebMessage(new_message_id(), _chat(str(wanted["from"])), False, "call", "", int(time.time()))
    world.tell(session, "call", message=call)


def _body(world: World, session: GatewaySession, wanted: Mapping[str, Any]) -> None:
    world.posting.post(session, dict(wanted))


def _message(session: GatewaySession, wanted: Mapping[str, Any]) -> WebMessage:
    message = session.find(str(wanted.get("id")))
    if message is None:
        raise BadControl("id names no message of the session")
    return message


def _chat(given: str) -> str:
    return given if "@" in given else f"{given.removeprefix('+')}@c.us"


ACTS: Final[Mapping[str, Act]] = {
    "start": _start,
    "qr": _qr,
    "scan": _scan,
    "lose": _lose,
    "refuse": _refuse,
    "stop": _stop,
    "inbound": _inbound,
    "drop_file": _drop_file,
    "ack": _ack,
    "edit": _about_message("edit"),
    "revoke": _about_message("revoke"),
    "reaction": _about_message("reaction"),
    "call": _call,
    "body": _body,
}
"""`body` posts the given JSON as it is, with the gateway's proof."""

ROUTES = (
    web.get("/_sim/gateways", get_sessions),
    web.post("/_sim/gateways", post_session),
    web.post("/_sim/gateways/faults", post_faults),
    web.post("/_sim/gateways/{kind}/{session}/{act}", post_act),
)
