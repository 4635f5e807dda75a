"""The pages as a WSGI app."""

from typing import Final

from flask import Flask
from flask_wtf import CSRFProtect

from settings import Settings
from web.api.headers import install_headers
from web.api.services import EXTENSION, Services
from web.chunked_bodies import limit_chunked_bodies
from web.inbox import answering, canned, changing, files, rules
from web.inbox import pages as inbox
from web.inbox.answering import allow_files
from web.pages import (
    alarms,
    audit,
    connection,
    credentials,
    customers,
    home,
    keys,
    live,
    message_templates,
    people,
    sample_invoice,
    session_registration,
    sessions,
    webhook,
)
from web.pages.appearance import install_appearance
from web.pages.errors import register_error_handlers
from web.pages.limits import install_page_limit
from web.pages.live import install_live
from web.pages.moments import install_moments
from web.people import account, invitation, login
from web.people.cookies import install_cookies
from web.people.language import install_language
from web.people.sessions import install_sessions

MAX_BODY_BYTES: Final = 100_000
ROOTS: Final = frozenset({"", "login", "logout", "invitation", "settings", "account", "inbox", "assets", "live"})
"""First words of the pages' paths; every other address belongs to the API or to the webhooks."""
PUBLIC: Final = frozenset({"static", "login.show", "login.submit", "invitation.show", "invitation.submit"})
"""Endpoints for everybody; all others ask for the login."""
MODULES: Final = (
    home, login, account, invitation, connection, credentials, sample_invoice, webhook, message_templates, keys,
    people, audit, sessions, session_registration, alarms, live, inbox, answering, changing, files, canned, rules,
    customers,
)  # fmt: skip


def create_pages_app(settings: Settings, services: Services) -> Flask:
    """Return the pages.

    Args:
        settings: of this process.
        services: shared with the API.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY is absent or malformed.
    """
    app = Flask("web.pages", static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a form is as young as its session
    app.config["WTF_CSRF_SSL_STRICT"] = False  # it asks for a referrer, which our pages never send
    app.extensions[EXTENSION] = services
    install_cookies(app, settings)
    install_headers(app)
    install_language(app)
    install_moments(app)
    install_appearance(app)
    install_live(app)
    register_error_handlers(app)
    limit_chunked_bodies(app)
    install_page_limit(app, settings.pages_rate_limit)
    allow_files(app)
    CSRFProtect(app)
    install_sessions(app, PUBLIC)
    for module in MODULES:
        app.register_blueprint(module.blueprint)
    return app


def is_page(path: str) -> bool:
    """Tell whether a path belongs to the pages."""
    return path.lstrip("/").partition("/")[0] in ROOTS
