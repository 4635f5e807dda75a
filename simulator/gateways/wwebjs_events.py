"""The webhooks of wwebjs-api: {"dataType", "data", "sessionId"}; the founding ones: {"event", "data", "sessionId"}."""

from collections.abc import Mapping
from typing import Any

from simulator.gateways.sessions import OUR_DIGITS, GatewaySession, WebMessage
from simulator.gateways.steps import Body, Step, Tell, Told

TYPES = {"text": "chat", "audio": "ptt"}


def bodies(session: GatewaySession, step: Step) -> list[Body]:
    """What the gateway posts for a step; nothing for what it does not tell."""
    return [_envelope(session, name, data) for name, data in TELLS.get(step.name, _nothing)(session, step)]


def founding_bodies(session: GatewaySession, step: Step) -> list[Body]:
    """The same in the founding document's envelope."""
    return [
        {"sessionId": session.name, "event": name, "data": data or {}}
        for name, data in TELLS.get(step.name, _nothing)(session, step)
    ]


def message_json(message: WebMessage) -> dict[str, Any]:
    """A whatsapp-web.js message as its JSON."""
    us = f"{OUR_DIGITS}@c.us"
    key = {"fromMe": message.from_me, "remote": message.chat, "id": message.id, "_serialized": message.serialized}
    return {
        "_data": {"notifyName": message.name},
        "id": key,
        "ack": message.ack,
        "hasMedia": message.file is not None,
        "body": message.body,
        "type": TYPES.get(message.type, message.type),
        "timestamp": message.at,
        "from": us if message.from_me else message.chat,
        "to": message.chat if message.from_me else us,
        "author": message.author,
        "deviceType": "android",
        "isForwarded": False,
        "isStatus": False,
        "broadcast": False,
        "fromMe": message.from_me,
        "hasQuotedMsg": False,
        "vCards": [],
        "mentionedIds": [],
        "links": [],
    }


def _envelope(session: GatewaySession, name: str, data: Any) -> Body:
    body = {"dataType": name, "sessionId": session.name}
    return body if data is None else {**body, "data": data}


def _message(_session: GatewaySession, step: Step) -> Told:
    message, shown = step.about, message_json(step.about)
    created = ("message_create", {"message": shown})
    if message.from_me:
        return [created]
    if message.file is None:
        return [created, ("message", {"message": shown})]
    file = {**message.file, "filesize": len(message.file["data"])}
    return [created, ("message", {"message": shown}), ("media", {"messageMedia": file, "message": shown})]


def _revoke(_session: GatewaySession, step: Step) -> Told:
    shown = message_json(step.about)
    notice = {**shown, "type": "revoked", "_data": {"protocolMessageKey": shown["id"]}}
    return [("message_revoke_everyone", {"message": notice})]


def _reaction(_session: GatewaySession, step: Step) -> Told:
    chat, shown = step.about.chat, message_json(step.about)
    key = {"fromMe": False, "remote": chat, "id": step.id, "_serialized": f"false_{chat}_{step.id}"}
    told = {"orphan": 0, "timestamp": int(step.at), "reaction": step.text, "read": False, "ack": 2}
    return [("message_reaction", {"reaction": {"id": key, **told, "msgId": shown["id"], "senderId": chat}})]


def _edit(_session: GatewaySession, step: Step) -> Told:
    shown = message_json(step.about)
    return [("message_edit", {"message": shown, "newBody": step.text, "prevBody": step.about.body})]


def _call(_session: GatewaySession, step: Step) -> Told:
    call = {"id": step.about.id, "from": step.about.chat, "isVideo": False, "isGroup": False}
    return [("call", {"call": call})]


def _nothing(_session: GatewaySession, _step: Step) -> Told:
    return ()


TELLS: Mapping[str, Tell] = {
    "qr": lambda _session, step: [("qr", {"qr": step.text})],
    "pairing_code": lambda _session, step: [("code", {"code": step.text})],
    "loading": lambda _session, step: [("loading_screen", {"percent": step.number, "message": "WhatsApp"})],
    "authenticated": lambda _session, _step: [("authenticated", None)],
    "connected": lambda _session, _step: [("change_state", {"state": "CONNECTED"}), ("ready", None)],
    "disconnected": lambda _session, step: [("disconnected", {"reason": step.text})],
    "auth_failure": lambda _session, step: [("status", {"msg": step.text})],
    "message": _message,
    "ack": lambda _session, step: [("message_ack", {"message": message_json(step.about), "ack": step.number})],
    "edit": _edit,
    "revoke": _revoke,
    "reaction": _reaction,
    "call": _call,
}
"""auth_failure goes out under the name `status`, as in wwebjs-api."""
