"""Examples for the documentation: the same customer and invoice throughout."""

from typing import Any, Final

MESSAGE_ID: Final = "019a9d2e-5a30-7c41-9f0e-6a5f0d6d2b11"
DOCUMENT_ID: Final = "019a9d2e-5a2f-7d02-8a57-0c1e7f4f9a20"
WAMID: Final = "wamid.HBgLMTgwOTU1NTEyMzQVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"
PHONE: Final = "+18095551234"

MESSAGES: Final[dict[str, Any]] = {
    "template": {
        "summary": "A template",
        "value": {
            "to": PHONE,
            "template": {
                "name": "invoice",
                "language": "es",
                "body": [
                    "Ana Peña",
                    "noviembre 2026",
                    "RD$1,500.00",
                    "30 de noviembre de 2026",
                    "https://pay.example.com/i/8Xk2",
                ],
            },
            "client_reference": "INV-1001",
        },
    },
    "text": {
        "summary": "A text, within 24 hours after the customer wrote",
        "value": {"to": PHONE, "text": {"body": "Gracias, recibido.", "preview_url": False}},
    },
    "scheduled": {
        "summary": "A template with named parameters, at a time of your choice",
        "value": {
            "to": PHONE,
            "template": {"name": "reminder", "language": "en", "body": {"name": "Ana Peña", "days": "3"}},
            "scheduled_at": "2026-12-01T09:00:00-04:00",
        },
    },
}

QUEUED: Final[dict[str, Any]] = {
    "id": MESSAGE_ID,
    "wamid": None,
    "direction": "outbound",
    "to": PHONE,
    "from": None,
    "type": "template",
    "status": "queued",
    "text": None,
    "template": {"name": "invoice", "language": "es"},
    "client_reference": "INV-1001",
    "document_id": None,
    "error": None,
    "anomaly": None,
    "scheduled_at": None,
    "created_at": "2026-11-20T14:00:00.000000Z",
}
READ: Final[dict[str, Any]] = {**QUEUED, "wamid": WAMID, "status": "read"}
READ_WITH_HISTORY: Final[dict[str, Any]] = {
    **READ,
    "attempts": [
        {
            "number": 1,
            "started_at": "2026-11-20T14:00:00.210000Z",
            "ended_at": "2026-11-20T14:00:00.480000Z",
            "outcome": "accepted",
            "http_status": 200,
            "fbtrace_id": None,
            "error": None,
        }
    ],
    "timeline": [
        {"status": "queued", "at": "2026-11-20T14:00:00.000000Z", "source": "api"},
        {"status": "accepted", "at": "2026-11-20T14:00:00.480000Z", "source": "worker"},
        {"status": "sent", "at": "2026-11-20T14:00:01.000000Z", "source": "meta"},
        {"status": "delivered", "at": "2026-11-20T14:00:03.000000Z", "source": "meta"},
        {"status": "read", "at": "2026-11-20T14:05:12.000000Z", "source": "meta"},
    ],
}
CANCELLED: Final[dict[str, Any]] = {
    **QUEUED,
    "status": "cancelled",
    "attempts": [],
    "timeline": [
        {"status": "queued", "at": "2026-11-20T14:00:00.000000Z", "source": "api"},
        {"status": "cancelled", "at": "2026-11-20T14:00:09.000000Z", "source": "api"},
    ],
}

INVOICE: Final[dict[str, Any]] = {
    "number": "INV-1001",
    "customer": {"name": "Ana Peña", "phone": PHONE},
    "amount": "1500.00",
    "currency": "DOP",
    "period": "noviembre 2026",
    "due_date": "2026-11-30",
    "link": "https://pay.example.com/i/8Xk2",
}
QUOTE: Final[dict[str, Any]] = {
    "number": "Q-204",
    "customer": {"name": "Ana Peña", "phone": PHONE},
    "amount": "48000.00",
    "currency": "DOP",
    "valid_until": "2026-12-15",
    "link": "https://pay.example.com/q/204",
}
INVOICE_QUEUED: Final[dict[str, Any]] = {
    "id": DOCUMENT_ID,
    "kind": "invoice",
    "number": "INV-1001",
    "customer": {"name": "Ana Peña"},
    "amount": "1500.00",
    "currency": "DOP",
    "period": "noviembre 2026",
    "due_date": "2026-11-30",
    "valid_until": None,
    "link": "https://pay.example.com/i/8Xk2",
    "document_url": None,
    "created_at": "2026-11-20T14:00:00.000000Z",
    "messages": [{"id": MESSAGE_ID, "to": PHONE, "status": "queued"}],
}
QUOTE_QUEUED: Final[dict[str, Any]] = {
    **INVOICE_QUEUED,
    "kind": "quote",
    "number": "Q-204",
    "amount": "48000.00",
    "period": None,
    "due_date": None,
    "valid_until": "2026-12-15",
    "link": "https://pay.example.com/q/204",
}
NOTHING_DUE: Final[dict[str, Any]] = {
    "id": None,
    "kind": "invoice",
    "number": "INV-1001",
    "messages": [],
    "reason": "No balance due",
}

EVENT_ID: Final = "019a9d30-1c11-7b0a-b7a4-0f4be1d4c733"
EVENT: Final[dict[str, Any]] = {
    "id": EVENT_ID,
    "state": "unhandled",
    "kind": "unhandled",
    "field": "messages",
    "reason": "unknown_message_type",
    "detail": "No such message type is known here.",
    "at": None,
    "waba_id": "102290129340398",
    "phone_number_id": "106540352242922",
    "replays": 0,
    "created_at": "2026-11-20T14:00:00.000000Z",
    "updated_at": "2026-11-20T14:00:00.000000Z",
}
EVENT_WITH_PAYLOAD: Final[dict[str, Any]] = {
    **EVENT,
    "payload": {"object": "whatsapp_business_account", "entry": []},
}

FOUNDING_INVOICE: Final[dict[str, Any]] = {
    "phoneNumbers": ["19292476305"],
    "tenantName": "Test User",
    "invoicePeriod": "January 2025",
    "totalAmount": "1000.00",
    "currency": "RD$",
}
FOUNDING_RESULT: Final[dict[str, Any]] = {
    "phoneNumber": "19292476305",
    "success": True,
    "method": "api",
    "messageId": MESSAGE_ID,
    "templateName": "invoice",
}
FOUNDING_INVOICE_QUEUED: Final[dict[str, Any]] = {
    "success": True,
    "templateName": "invoice",
    "message": "1 of 1 queued",
    "tenantName": "Test User",
    "results": [FOUNDING_RESULT],
    "summary": {"total": 1, "apiSuccess": 1, "urlFallback": 0},
    "messagePreview": "Hola Test User, su factura de January 2025 está lista.",
}
FOUNDING_TEXT: Final[dict[str, Any]] = {"toPhone": "+18095551234", "message": "Gracias por su pago."}
FOUNDING_TEXT_QUEUED: Final[dict[str, Any]] = {"ok": True, "messageId": "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c02"}
FOUNDING_MESSAGE: Final[dict[str, Any]] = {
    "phoneNumber": "19292476305",
    "message": "Gracias por su pago.",
    "recipientName": "Test User",
}
FOUNDING_MESSAGE_QUEUED: Final[dict[str, Any]] = {
    "success": True,
    "method": "api",
    "messageId": MESSAGE_ID,
    "phoneNumber": "19292476305",
    "recipientName": "Test User",
}
FOUNDING_TEMPLATE: Final[dict[str, Any]] = {
    "phoneNumbers": ["19292476305"],
    "templateName": "hello_world",
    "templateLanguage": "en",
    "templateParameters": [],
}
FOUNDING_TEMPLATE_QUEUED: Final[dict[str, Any]] = {
    "success": True,
    "templateName": "hello_world",
    "results": [{**FOUNDING_RESULT, "templateName": "hello_world"}],
    "summary": {"total": 1, "success": 1, "failed": 0},
}
FOUNDING_STATUS: Final[dict[str, Any]] = {
    "success": True,
    "messageId": MESSAGE_ID,
    "status": "delivered",
    "timestamp": "2026-11-20T14:00:03.000000Z",
    "recipientId": "19292476305",
    "lastUpdated": "2026-11-20T14:00:03.412000Z",
}

READY: Final[dict[str, Any]] = {
    "status": "ready",
    "checks": {
        "postgres": {"ok": True},
        "migrations": {"ok": True},
        "workers": {
            "ok": True,
            "inbox_rows": 0,
            "inbox_oldest_seconds": 0.0,
            "outbox_overdue_seconds": 0.0,
            "alive": [
                {"name": "ingest@1f2e", "queues": ["ingest"], "seconds_ago": 1.4},
                {"name": "send@3c4d", "queues": ["send"], "seconds_ago": 0.2},
                {"name": "housekeeping@5a6b", "queues": ["housekeeping"], "seconds_ago": 2.9},
            ],
        },
        "channels": {"ok": True},
        "webhook_secret": {"ok": True},
        "verify_token": {"ok": True},
        "redis": {"ok": True},
    },
}
FOUNDING_HEALTH: Final[dict[str, Any]] = {
    "status": "OK",
    "service": "paperboy",
    "timestamp": "2026-11-20T14:00:00.000000Z",
    "apiConfigured": True,
    "mode": "cloud_api",
}

CHANNEL: Final[dict[str, Any]] = {
    "id": "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c02",
    "name": None,
    "phone_number_id": "106540352242922",
    "waba_id": "102290129340398",
    "display_phone_number": "+1 829-555-0142",
    "is_active": True,
    "throughput_per_second": 80.0,
    "slowed_to": None,
    "blocked_until": None,
    "paused": {
        "since": "2026-11-20T03:04:00.000000Z",
        "code": 190,
        "reason": "Access token expired",
        "advice": "Create a new access token in Meta Business settings and enter it in the settings here.",
        "next_probe_at": "2026-11-20T03:19:00.000000Z",
    },
    "on_trial": False,
    "waiting": 42,
    "token": {
        "is_valid": True,
        "checked_at": "2026-11-20T03:00:00.000000Z",
        "expires_at": "2027-01-12T00:00:00.000000Z",
        "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
        "problem": None,
    },
    "number": {
        "is_proved": True,
        "problem": None,
        "verified_name": "Bookstore",
        "quality_rating": "GREEN",
        "throughput_level": "STANDARD",
        "checked_at": "2026-11-20T03:00:00.000000Z",
    },
    "webhook": {
        "url": "https://pay.example.com/webhook",
        "verified_at": "2026-11-01T12:00:00.000000Z",
        "refused_at": None,
        "last_event_at": "2026-11-20T03:03:00.000000Z",
        "fields": ["messages"],
        "app_secrets": [],
    },
    "held_templates": [],
}

KEY_ID: Final = "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c10"
KEY: Final[dict[str, Any]] = {
    "id": KEY_ID,
    "name": "ERP",
    "prefix": "pbk_Zm9vYmFy",
    "scopes": ["send", "read"],
    "created_at": "2026-11-20T14:00:00.000000Z",
    "created_by": "user:ana",
    "last_used_at": "2026-11-20T14:05:00.000000Z",
    "expires_at": None,
    "revoked_at": None,
}
KEY_WANTED: Final[dict[str, Any]] = {"name": "ERP", "scopes": ["send", "read"]}
KEY_MADE: Final[dict[str, Any]] = {**KEY, "last_used_at": None, "key": "pbk_Zm9vYmFy…"}

USER_ID: Final = "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c20"
USER: Final[dict[str, Any]] = {
    "id": USER_ID,
    "login": "ana@example.com",
    "name": "Ana Peña",
    "role": "operator",
    "language": "es",
    "state": "active",
    "is_active": True,
    "last_login_at": "2026-11-20T14:00:00.000000Z",
    "failed_logins": 0,
    "locked_until": None,
    "created_at": "2026-11-19T14:00:00.000000Z",
    "updated_at": "2026-11-19T14:00:00.000000Z",
}
USER_WANTED: Final[dict[str, Any]] = {
    "login": "ana@example.com",
    "name": "Ana Peña",
    "role": "operator",
    "language": "es",
}
USER_INVITED: Final[dict[str, Any]] = {
    **USER,
    "state": "invited",
    "last_login_at": None,
    "invitation": {
        "url": "https://paperboy.example.com/invitation/pbi_…",
        "expires_at": "2026-11-26T14:00:00.000000Z",
    },
}

AUDIT_LINE: Final[dict[str, Any]] = {
    "id": "019a9d2e-5a2e-7b90-9c11-5f0f7a6b1c30",
    "at": "2026-11-20T14:00:00.000000Z",
    "actor": "user:ana@example.com",
    "action": "key.created",
    "target": KEY_ID,
    "details": {"name": "ERP", "prefix": "pbk_Zm9vYmFy", "scopes": ["send", "read"], "expires_at": None},
}
NEW_CHANNEL: Final[dict[str, Any]] = {
    "phone_number_id": "106540352242922",
    "waba_id": "102290129340398",
    "access_token": "EAAG…",
}
CHECK: Final[dict[str, Any]] = {
    "name": "token",
    "state": "warning",
    "detail": "The access token is valid till 2026-12-01 (10 days).",
    "advice": "Replace it before then.",
}
CHECKS: Final[dict[str, Any]] = {"state": "warning", "checks": [CHECK]}
FOUNDING_SETTINGS: Final[dict[str, Any]] = {
    "success": True,
    "message": None,
    "phoneNumberId": "106540352242922",
    "businessAccountId": "102290129340398",
    "accessToken": "••••9xQ2",
    "webhookVerifyToken": "••••a71c",
    "has_access_token": True,
    "has_webhook_verify_token": True,
    "source": "db",
    "isActive": True,
    "webhookUrl": "https://pay.example.com/webhook",
}
FOUNDING_CONFIG: Final[dict[str, Any]] = {
    "configured": True,
    "config": {
        "phoneNumberId": "106540352242922",
        "displayPhoneNumber": "+1 829-555-0142",
        "isActive": True,
        "createdAt": "2026-11-01T12:00:00.000000Z",
        "updatedAt": "2026-11-01T12:00:00.000000Z",
    },
}
