"""WPPConnect's webhooks: flat {"event", "session", …data}. Loading is never told."""

from collections.abc import Mapping
from typing import Any

from simulator.gateways.sessions import OUR_DIGITS, GatewaySession, WebMessage
from simulator.gateways.steps import Body, Step, Tell, Told

TYPES = {"text": "chat", "audio": "ptt"}
PICTURE = "iVBORw0KGgoAAAANSUhEUgAA"
STATUSES = {
    "starting": "notLogged",
    "authenticated": "qrReadSuccess",
    "connected": "inChat",
    "auth_failure": "qrReadError",
    "failed": "autocloseCalled",
    "disconnected": "desconnectedMobile",
}


def bodies(session: GatewaySession, step: Step) -> list[Body]:
    """What WPPConnect posts for a step."""
    return [
        {"event": name, "session": session.name, **data} for name, data in TELLS.get(step.name, _nothing)(session, step)
    ]


def message_json(message: WebMessage) -> dict[str, Any]:
    """A flat message; a file's content stands in the body."""
    us = f"{OUR_DIGITS}@c.us"
    shown: dict[str, Any] = {
        "id": message.serialized + ("_out" if message.from_me else ""),
        "body": message.body,
        "type": TYPES.get(message.type, message.type),
        "t": message.at,
        "notifyName": message.name,
        "from": us if message.from_me else message.chat,
        "to": message.chat if message.from_me else us,
        "author": message.author or message.chat,
        "ack": message.ack,
        "fromMe": message.from_me,
        "isGroupMsg": message.chat.endswith("@g.us"),
        "chatId": message.chat,
    }
    if message.file is None:
        return shown
    file = {"mimetype": message.file["mimetype"], "filename": message.file["filename"], "caption": message.body}
    return {**shown, **file, "body": message.file["data"]}


def _status(_session: GatewaySession, step: Step) -> Told:
    return [("status-find", {"status": STATUSES[step.name]})]


def _closed(name: str) -> Tell:
    def tell(session: GatewaySession, _step: Step) -> Told:
        return [(name, {"message": f"Session: {session.name} disconnected", "connected": False})]

    return tell


def _message(_session: GatewaySession, step: Step) -> Told:
    return [("onselfmessage" if step.about.from_me else "onmessage", message_json(step.about))]


def _revoke(_session: GatewaySession, step: Step) -> Told:
    who = {"from": step.about.chat, "to": f"{OUR_DIGITS}@c.us", "author": step.about.chat}
    return [("onrevokedmessage", {**who, "id": {"id": step.id}, "refId": {"id": step.about.id}})]


def _reaction(_session: GatewaySession, step: Step) -> Told:
    told = {"id": {"id": step.id}, "msgId": {"id": step.about.id}, "reactionText": step.text}
    return [("onreactionmessage", {**told, "senderId": step.about.chat, "timestamp": int(step.at)})]


def _call(_session: GatewaySession, step: Step) -> Told:
    return [("incomingcall", {"id": step.about.id, "peerJid": step.about.chat, "offerTime": step.about.at})]


def _nothing(_session: GatewaySession, _step: Step) -> Told:
    return ()


TELLS: Mapping[str, Tell] = {
    **dict.fromkeys(STATUSES, _status),
    "qr": lambda _session, step: [("qrcode", {"qrcode": PICTURE, "urlcode": step.text})],
    "pairing_code": lambda _session, step: [("phoneCode", {"phoneCode": step.text, "phone": OUR_DIGITS})],
    "stopped": _closed("closesession"),
    "logged_out": _closed("logoutsession"),
    "message": _message,
    "ack": lambda _session, step: [("onack", {**message_json(step.about), "ack": step.number})],
    "revoke": _revoke,
    "reaction": _reaction,
    "call": _call,
}
"""Edits are not told."""
