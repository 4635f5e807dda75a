"""WAHA's webhooks: {"id", "timestamp", "event", "session", "me", "payload", "engine", "environment"}."""

import secrets
from collections.abc import Mapping
from typing import Any

from simulator.gateways.sessions import OUR_DIGITS, GatewaySession, WebMessage
from simulator.gateways.steps import Body, Step, Tell, Told

ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}
STATUSES = {
    "starting": "STARTING",
    "qr": "SCAN_QR_CODE",
    "connected": "WORKING",
    "auth_failure": "FAILED",
    "failed": "FAILED",
    "disconnected": "STOPPED",
    "stopped": "STOPPED",
}


def bodies(session: GatewaySession, step: Step) -> list[Body]:
    """What WAHA posts for a step. Its session.status carries no QR, and it never tells of loading."""
    return [_envelope(session, step, name, payload) for name, payload in TELLS.get(step.name, _nothing)(session, step)]


def message_json(message: WebMessage) -> dict[str, Any]:
    """A WAMessage."""
    us = f"{OUR_DIGITS}@c.us"
    shown: dict[str, Any] = {
        "id": message.serialized,
        "timestamp": message.at,
        "from": us if message.from_me else message.chat,
        "fromMe": message.from_me,
        "source": "api" if message.from_me else "app",
        "to": message.chat if message.from_me else us,
        "participant": message.author,
        "body": message.body,
        "hasMedia": message.file is not None,
        "media": None,
        "ack": message.ack,
        "ackName": ACK_NAMES[message.ack],
        "replyTo": None,
        "_data": {"notifyName": message.name},
    }
    if message.file is not None:
        file = {"mimetype": message.file["mimetype"], "filename": message.file["filename"], "error": None}
        shown["media"] = {**file, "url": f"http://localhost:3000/api/files/{message.id}"}
    return shown


def _envelope(session: GatewaySession, step: Step, name: str, payload: Any) -> Body:
    return {
        "id": "evt_" + secrets.token_hex(13),
        "timestamp": int(step.at * 1000),
        "event": name,
        "session": session.name,
        "metadata": {},
        "me": {"id": f"{OUR_DIGITS}@c.us", "pushName": "Shop"} if session.is_connected else None,
        "payload": payload,
        "engine": "WEBJS",
        "environment": {"version": "2026.7.1", "engine": "WEBJS", "tier": "PLUS", "browser": "/usr/bin/chromium"},
    }


def _status(session: GatewaySession, step: Step) -> Told:
    statuses: list[Any] = []
    told = {"name": session.name, "status": STATUSES[step.name], "statuses": statuses, "data": None}
    return [("session.status", told)]


def _message(_session: GatewaySession, step: Step) -> Told:
    shown = message_json(step.about)
    incoming = [] if step.about.from_me else [("message", shown)]
    return [*incoming, ("message.any", shown)]


def _ack(_session: GatewaySession, step: Step) -> Told:
    return [("message.ack", {**message_json(step.about), "ack": step.number, "ackName": ACK_NAMES[step.number]})]


def _edit(_session: GatewaySession, step: Step) -> Told:
    edited = {"id": step.id, "editedMessageId": step.about.id, "body": step.text}
    return [("message.edited", {**message_json(step.about), **edited})]


def _revoke(_session: GatewaySession, step: Step) -> Told:
    shown = message_json(step.about)
    return [("message.revoked", {"after": shown, "before": None, "revokedMessageId": step.about.id})]


def _reaction(_session: GatewaySession, step: Step) -> Told:
    chat = step.about.chat
    sender = {"id": f"false_{chat}_{step.id}", "from": chat, "fromMe": False, "to": f"{OUR_DIGITS}@c.us"}
    told = {"text": step.text, "messageId": step.about.serialized}
    return [("message.reaction", {**sender, "timestamp": int(step.at), "reaction": told})]


def _call(_session: GatewaySession, step: Step) -> Told:
    call = step.about
    told = {"id": call.id, "from": call.chat, "timestamp": call.at, "isVideo": False, "isGroup": False}
    return [("call.received", told)]


def _nothing(_session: GatewaySession, _step: Step) -> Told:
    return ()


TELLS: Mapping[str, Tell] = {
    **dict.fromkeys(STATUSES, _status),
    "message": _message,
    "ack": _ack,
    "edit": _edit,
    "revoke": _revoke,
    "reaction": _reaction,
    "call": _call,
}
