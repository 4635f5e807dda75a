"""Request bodies that tests start from."""

from typing import Any

from web.api.conversation_examples import RULE_WANTED

PHONE = "+18095551234"
OTHER_PHONE = "+18095559876"
FOUNDING_PHONE = "+19292476305"

TEMPLATE: dict[str, Any] = {"to": PHONE, "template": {"name": "hello_world", "language": "es"}}
TEXT: dict[str, Any] = {"to": PHONE, "text": {"body": "Gracias."}}
INVOICE_BODY = ["Ana Peña", "noviembre 2026", "RD$1,500.00", "30 de noviembre", "https://pay.example.com/i/8Xk2"]

INVOICE: dict[str, Any] = {
    "number": "INV-1001",
    "customer": {"name": "Ana Peña", "phone": PHONE},
    "amount": "1500.00",
    "currency": "DOP",
    "period": "noviembre 2026",
    "due_date": "2026-11-30",
    "link": "https://pay.example.com/i/8Xk2",
}
QUOTE: dict[str, Any] = {
    "number": "Q-204",
    "customer": {"name": "Ana Peña", "phone": PHONE},
    "amount": "48000.00",
    "currency": "DOP",
    "valid_until": "2026-12-15",
    "link": "https://pay.example.com/q/204",
}
FOUNDING_INVOICE: dict[str, Any] = {
    "phoneNumbers": ["19292476305"],
    "tenantName": "Test User",
    "invoicePeriod": "January 2025",
    "totalAmount": "1000.00",
    "currency": "RD$",
}
KEY: dict[str, Any] = {"name": "ERP", "scopes": ["send", "read"]}
USER: dict[str, Any] = {"login": "ana@example.com", "name": "Ana Peña", "role": "operator", "language": "es"}
GATEWAY: dict[str, Any] = {
    "kind": "waha",
    "session_id": "shop",
    "base_url": "http://127.0.0.1:9",
    "api_key": "key of the gateway",
}

BODIES: dict[str, dict[str, Any]] = {"POST": {"outcome": "sent"}, "PATCH": {"name": "Somebody"}, "PUT": RULE_WANTED}
BODIES_OF_WORDS: dict[str, dict[str, Any]] = {
    "pairing-code": {"phone": "+18295550142"},
    "secrets": {"secret": "a-secret-of-enough-characters"},
    "consent": {"category": "marketing", "act": "stop"},
    "notes": {"text": "Pays on Friday."},
    "read": {"typing": True},
    "conversations": {"state": "closed"},
    "contacts": {"display_name": "Somebody"},
}


def body_for(method: str, path: str) -> dict[str, Any] | None:
    """Return what a route with an id asks for: told by its last word or, where that is the id, by the one before it."""
    *_, collection, last = path.split("/")
    if method not in BODIES:
        return None
    return BODIES_OF_WORDS.get(last) or BODIES_OF_WORDS.get(collection) or BODIES[method]
