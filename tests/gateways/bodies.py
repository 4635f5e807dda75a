"""Bodies as each gateway posts them, from its documented shapes."""

from typing import Any

import orjson

PHONE = "+18095550199"
PERSON = "18095550199@c.us"
OURS = "18295550142@c.us"
LID = "98765432101234@lid"
GROUP = "120363000000000001@g.us"
AT = 1_790_000_000
QR = "2@kf8Zk1uQ+Wn3,Rw5Sg==,9xB1,Ee4="


def body_of(payload: Any) -> bytes:
    return orjson.dumps(payload)


def wwebjs(data_type: str, data: Any = None, session: str = "shop") -> bytes:
    payload = {"dataType": data_type, "sessionId": session}
    return body_of(payload if data is None else {**payload, "data": data})


def web_message(message_id: str = "3EB0C767D26A1B2C", *, from_me: bool = False, **more: Any) -> dict[str, Any]:
    """A whatsapp-web.js message, incoming unless from_me."""
    here, there = (OURS, PERSON) if from_me else (PERSON, OURS)
    serialized = f"{'true' if from_me else 'false'}_{PERSON}_{message_id}"
    return {
        "id": {"fromMe": from_me, "remote": PERSON, "id": message_id, "_serialized": serialized},
        "ack": 0,
        "hasMedia": False,
        "body": "Hola",
        "type": "chat",
        "timestamp": AT,
        "from": here,
        "to": there,
        "fromMe": from_me,
        "_data": {"notifyName": "Ana Peña"},
        **more,
    }


def waha(event: str, payload: Any, *, event_id: str = "evt_01", at: int = AT * 1000, **more: Any) -> bytes:
    return body_of(
        {
            "id": event_id,
            "timestamp": at,
            "event": event,
            "session": "shop",
            "metadata": {},
            "payload": payload,
            "engine": "WEBJS",
            "environment": {"version": "2026.7.1", "engine": "WEBJS", "tier": "PLUS", "browser": "/usr/bin/chromium"},
            **more,
        }
    )


def waha_message(message_id: str = "3EB0C767D26A1B2C", *, from_me: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{'true' if from_me else 'false'}_{PERSON}_{message_id}",
        "timestamp": AT,
        "from": OURS if from_me else PERSON,
        "to": PERSON if from_me else OURS,
        "fromMe": from_me,
        "source": "api" if from_me else "app",
        "body": "Hola",
        "hasMedia": False,
        "ack": 0,
        "ackName": "PENDING",
        "_data": {"notifyName": "Ana Peña"},
        **more,
    }


def evolution(event: str, data: Any, **more: Any) -> bytes:
    return body_of(
        {
            "event": event,
            "instance": "shop",
            "data": data,
            "destination": "https://example.com/hook",
            "date_time": "2026-11-21T05:00:00.000Z",
            "sender": "18295550142@s.whatsapp.net",
            "server_url": "http://localhost:8080",
            "apikey": "instance-token-never-stored",
            **more,
        }
    )


def baileys_message(message_id: str = "3EB0C767D26A1B2C", *, from_me: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "key": {"id": message_id, "remoteJid": "18095550199@s.whatsapp.net", "fromMe": from_me},
        "pushName": "Ana Peña",
        "status": "DELIVERY_ACK",
        "message": {"conversation": "Hola"},
        "contextInfo": None,
        "messageType": "conversation",
        "messageTimestamp": AT,
        "instanceId": "c0ffee",
        "source": "android",
        **more,
    }


def wppconnect(event: str, **data: Any) -> bytes:
    return body_of({"event": event, "session": "shop", **data})


def flat_message(message_id: str = "3EB0C767D26A1B2C", *, from_me: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{'true' if from_me else 'false'}_{PERSON}_{message_id}{'_out' if from_me else ''}",
        "body": "Hola",
        "type": "chat",
        "t": AT,
        "notifyName": "Ana Peña",
        "from": OURS if from_me else PERSON,
        "to": PERSON if from_me else OURS,
        "ack": 0,
        "fromMe": from_me,
        "isGroupMsg": False,
        **more,
    }
