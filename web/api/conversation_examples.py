"""Examples of conversations in the API's description."""

from web.api import examples

CONVERSATION_ID = "0196f3a0-5b7e-7c11-9a55-2f4a8f0c1d2e"
CONTACT_ID = "0196f3a0-5b7e-7c11-9a55-2f4a8f0c1d2f"
CHANNEL_ID = "0196f3a0-5b7e-7c11-9a55-2f4a8f0c1d20"
AT = "2026-11-21T12:00:00.000000Z"

CONTACT_SUMMARY = {
    "id": CONTACT_ID,
    "name": "Ana Peña",
    "phone": "+18095551234",
    "bsuid": None,
    "lid": None,
    "username": None,
    "external_id": "C-77",
    "stopped": {"marketing": False, "utility": False},
    "unreachable": False,
}
CONVERSATION = {
    "id": CONVERSATION_ID,
    "channel_id": CHANNEL_ID,
    "contact": CONTACT_SUMMARY,
    "group_id": None,
    "state": "open",
    "assignee_id": None,
    "unread": 1,
    "labels": ["pagos"],
    "window": {"is_open": True, "closes_at": "2026-11-22T12:00:00.000000Z"},
    "last_message": {
        "id": CONVERSATION_ID,
        "type": "text",
        "text": "Ya pagué",
        "direction": "inbound",
        "status": "delivered",
    },
    "last_message_at": AT,
    "closed_at": None,
    "created_at": AT,
}
FILE = {
    "id": CONVERSATION_ID,
    "state": "stored",
    "type": "document",
    "mime_type": "application/pdf",
    "filename": "pago.pdf",
    "size": 48213,
    "url": "https://paperboy.example.com/media/…?ends=1795262400&signature=…",
    "reason": None,
}
THREAD_MESSAGE = {
    **examples.READ,
    "source": None,
    "sender_name": None,
    "reply_to": None,
    "content": {},
    "media": None,
    "reactions": {"inbound": "👍"},
    "edited_at": None,
    "revoked_at": None,
    "cleared_at": None,
    "sent_at": AT,
    "delivered_at": AT,
    "read_at": AT,
}
NOTE = {"id": CONVERSATION_ID, "author": "key:ERP", "text": "Pagará el viernes.", "created_at": AT}
CONTACT = {
    "id": CONTACT_ID,
    "phone": "+18095551234",
    "bsuid": None,
    "lid": None,
    "name": "Ana",
    "username": None,
    "display_name": "Ana Peña",
    "external_id": "C-77",
    "attributes": {"plan": "gold"},
    "lookup": {"state": "answered", "attributes": {"saldo": "RD$1,500.00"}, "problem": None, "answered_at": AT},
    "consent": {
        "marketing": {"act": "stop", "at": AT},
        "utility": None,
    },
    "last_wrote_at": AT,
    "unreachable": None,
    "created_at": AT,
}
WAITING_LOOKUP: dict[str, object] = {"state": "waiting", "attributes": {}, "problem": None, "answered_at": None}
CONTACT_CHANGES = {"display_name": "Ana Peña", "external_id": "C-77", "attributes": {"plan": "gold"}}
CONSENT_CHANGE = {"category": "marketing", "act": "stop", "at": AT, "source": "word"}
RULE_WANTED = {
    "name": "Horario",
    "match": "contains",
    "pattern": "horario",
    "answer": "Abrimos de lunes a viernes de 9:00 a 17:00.",
    "once_per_seconds": 3600,
}
RULE = {
    "id": CONVERSATION_ID,
    **RULE_WANTED,
    "position": 1,
    "during": "always",
    "is_active": True,
    "created_at": AT,
    "updated_at": AT,
}
TRIAL = {
    "answered_by": CONVERSATION_ID,
    "answer": RULE_WANTED["answer"],
    "word": None,
    "verdicts": [{"rule_id": CONVERSATION_ID, "name": "Horario", "fires": True, "reason": "it answers"}],
}
CANNED_WANTED = {"shortcut": "gracias", "text": "Gracias por su pago."}
CANNED = {"id": CONVERSATION_ID, **CANNED_WANTED, "created_at": AT, "updated_at": AT}
SETTINGS = {
    "languages": ["es", "en"],
    "stop_words": ["no más"],
    "start_words": [],
    "stop_confirmation": "No recibirá más mensajes. Escriba ALTA para recibirlos de nuevo.",
    "start_confirmation": "Recibirá nuestros mensajes de nuevo.",
    "business_hours": {"time_zone": "America/Santo_Domingo", "days": {"monday": [["09:00", "17:00"]]}},
    "messages_days": 730,
    "media_days": 365,
    "events_days": 90,
}
