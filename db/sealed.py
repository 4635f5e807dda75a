"""Which columns hold secrets, and what each secret is bound to when it is encrypted."""

from typing import Final

ACCESS_TOKEN = "channels.access_token"
VERIFY_TOKEN = "channels.verify_token"
APP_SECRET = "app_secrets.secret"
CALLBACK_SECRET = "callback_endpoints.secret"
LOOKUP_SECRET = "lookup_endpoints.secret"
SESSION_QR = "gateway_sessions.qr"
"""Lives for a minute: no rotation waits for it."""

SEALED_COLUMNS: Final = (ACCESS_TOKEN, VERIFY_TOKEN, APP_SECRET, CALLBACK_SECRET, LOOKUP_SECRET)
"""Table and column of each; the same text is the purpose that a secret is encrypted for (db.encryption)."""
