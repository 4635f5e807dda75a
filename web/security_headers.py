"""What keeps browsers from doing anything clever with an answer."""

from typing import Final

POLICY: Final = "Content-Security-Policy"
NOTHING_LOADS: Final = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no pages; a page brings its own policy."""
SECURITY_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
NOT_KEPT: Final = ("Cache-Control", "no-store")
HSTS: Final = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
