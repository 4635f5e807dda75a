"""Webhook payloads of our own making, in the shapes Meta's reference describes."""

from typing import Any

import orjson

Json = dict[str, Any]

WABA_ID = "102290129340398"
PHONE_NUMBER_ID = "106540352242922"
OTHER_PHONE_NUMBER_ID = "106540352242923"
PHONE = "18295550142"
BSUID = "DO.7F3kQ9ab41"
PARENT_BSUID = "DO.ENT.9Zx82"
SECONDS = 1763700000
"""2025-11-21 04:40:00 UTC"""

METADATA = {"display_phone_number": "18095550100", "phone_number_id": PHONE_NUMBER_ID}


def body_of(payload: Any) -> bytes:
    return orjson.dumps(payload)


def payload_of(*changes: Json, waba_id: str = WABA_ID, time: int | None = None) -> Json:
    entry: Json = {"id": waba_id, "changes": list(changes)}
    if time is not None:
        entry["time"] = time
    return {"object": "whatsapp_business_account", "entry": [entry]}


def change_of(field: str, value: Json) -> Json:
    return {"field": field, "value": value}


def value_of(phone_number_id: str = PHONE_NUMBER_ID, **lists: Any) -> Json:
    metadata = {**METADATA, "phone_number_id": phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata, **lists}


def messages_body(**lists: Any) -> bytes:
    return body_of(payload_of(change_of("messages", value_of(**lists))))


def field_body(field: str, value: Json, time: int | None = SECONDS) -> bytes:
    return body_of(payload_of(change_of(field, value), time=time))


def status_of(status: str = "delivered", **more: Any) -> Json:
    return {
        "id": "wamid.OUT1",
        "status": status,
        "timestamp": str(SECONDS),
        "recipient_id": PHONE,
        "recipient_user_id": BSUID,
        **more,
    }


def message_of(kind: str = "text", **more: Any) -> Json:
    content = {"text": {"body": "Gracias"}} if kind == "text" else {}
    return {
        "id": "wamid.IN1",
        "from": PHONE,
        "from_user_id": BSUID,
        "timestamp": str(SECONDS),
        "type": kind,
        **content,
        **more,
    }


def contact_of(**more: Any) -> Json:
    return {"profile": {"name": "Ana Pérez", "username": "@ana"}, "wa_id": PHONE, "user_id": BSUID, **more}


def without(item: Json, *keys: str) -> Json:
    return {key: value for key, value in item.items() if key not in keys}
