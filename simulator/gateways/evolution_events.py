"""Evolution API's webhooks: {"event", "instance", "data", "destination", "date_time", "sender", "apikey", …}."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simulator.gateways.sessions import OUR_DIGITS, GatewaySession, WebMessage
from simulator.gateways.steps import Body, Step, Tell, Told

ACK_WORDS = {-1: "ERROR", 0: "PENDING", 1: "SERVER_ACK", 2: "DELIVERY_ACK", 3: "READ", 4: "PLAYED"}
INSTANCE_TOKEN = "simulated-instance-token"
LOGGED_OUT, TRANSIENT, LIMIT = 401, 428, 500


def bodies(session: GatewaySession, step: Step) -> list[Body]:
    """What Evolution posts for a step."""
    return [_envelope(session, name, data) for name, data in TELLS.get(step.name, _nothing)(session, step)]


def key_of(message: WebMessage) -> dict[str, Any]:
    """A Baileys message key; persons under their inner server name."""
    key = {"id": message.id, "remoteJid": inner(message.chat), "fromMe": message.from_me}
    return {**key, "participant": inner(message.author)} if message.author else key


def inner(chat: str) -> str:
    """An address as Baileys writes it."""
    return chat.replace("@c.us", "@s.whatsapp.net")


def message_json(message: WebMessage) -> dict[str, Any]:
    """data of messages.upsert."""
    content, kind = _content(message)
    return {
        "key": key_of(message),
        "pushName": message.name,
        "status": ACK_WORDS[message.ack],
        "message": content,
        "contextInfo": None,
        "messageType": kind,
        "messageTimestamp": message.at,
        "instanceId": "5f0c1f4e-0000-4000-8000-000000000001",
        "source": "web" if message.from_me else "android",
    }


def _content(message: WebMessage) -> tuple[dict[str, Any], str]:
    if message.file is None:
        return {"conversation": message.body}, "conversation"
    kind = f"{message.type}Message"
    described = {"mimetype": message.file["mimetype"], "fileName": message.file["filename"], "caption": message.body}
    return {kind: described, "base64": message.file["data"]}, kind


def _envelope(session: GatewaySession, name: str, data: Any) -> Body:
    return {
        "event": name,
        "instance": session.name,
        "data": data,
        "destination": session.webhook_url,
        "date_time": datetime.now().isoformat(timespec="milliseconds") + "Z",
        "sender": f"{OUR_DIGITS}@s.whatsapp.net",
        "server_url": "http://127.0.0.1:8080",
        "apikey": INSTANCE_TOKEN,
    }


def _connection(state: str, reason: int, **more: str) -> Tell:
    def tell(session: GatewaySession, _step: Step) -> Told:
        return [("connection.update", {"instance": session.name, "state": state, "statusReason": reason, **more})]

    return tell


def _disconnected(session: GatewaySession, step: Step) -> Told:
    return _connection("close", LOGGED_OUT if step.text == "LOGOUT" else TRANSIENT)(session, step)


def _qr(session: GatewaySession, _step: Step) -> Told:
    code = {"pairingCode": session.pairing_code, "code": session.qr, "base64": "data:image/png;base64,iVBORw0KGgo="}
    return [("qrcode.updated", {"qrcode": {"instance": session.name, **code}})]


def _limit(_session: GatewaySession, _step: Step) -> Told:
    return [("qrcode.updated", {"message": "QR code limit reached, please login again", "statusCode": LIMIT})]


def _ack(_session: GatewaySession, step: Step) -> Told:
    message = step.about
    update = {"keyId": message.id, "remoteJid": inner(message.chat), "fromMe": message.from_me}
    return [("messages.update", {**update, "participant": None, "status": ACK_WORDS[step.number]})]


def _edit(_session: GatewaySession, step: Step) -> Told:
    protocol = {"key": key_of(step.about), "type": "MESSAGE_EDIT", "editedMessage": {"conversation": step.text}}
    return [_act(step, {"protocolMessage": protocol})]


def _reaction(_session: GatewaySession, step: Step) -> Told:
    return [_act(step, {"reactionMessage": {"key": key_of(step.about), "text": step.text}})]


def _act(step: Step, content: dict[str, Any]) -> tuple[str, Any]:
    key = {"id": step.id, "remoteJid": inner(step.about.chat), "fromMe": False}
    told = {**message_json(step.about), "key": key, "message": content, "messageType": next(iter(content))}
    return "messages.upsert", told


def _call(_session: GatewaySession, step: Step) -> Told:
    call = {"id": step.about.id, "from": inner(step.about.chat), "status": "offer", "isVideo": False}
    return [("call", call)]


def _nothing(_session: GatewaySession, _step: Step) -> Told:
    return ()


TELLS: Mapping[str, Tell] = {
    "starting": _connection("connecting", 200),
    "qr": _qr,
    "pairing_code": _qr,
    "connected": _connection("open", 200, wuid=f"{OUR_DIGITS}@s.whatsapp.net", profileName="Shop"),
    "disconnected": _disconnected,
    "auth_failure": _connection("refused", LOGGED_OUT),
    "failed": _limit,
    "stopped": lambda session, _step: [("logout.instance", {"instanceName": session.name})],
    "message": lambda _session, step: [("messages.upsert", message_json(step.about))],
    "ack": _ack,
    "edit": _edit,
    "revoke": lambda _session, step: [("messages.delete", key_of(step.about))],
    "reaction": _reaction,
    "call": _call,
}
