"""The HTTP API as a WSGI app."""

from pathlib import Path

from apiflask import APIFlask

from settings import Settings
from web import health
from web.api import (
    alarms,
    audit,
    canned_responses,
    channel_settings,
    channels,
    contact_lookups,
    contacts,
    conversation_settings,
    conversations,
    docs,
    events,
    founding,
    founding_config,
    founding_conversations,
    founding_self_test,
    founding_send,
    founding_sessions,
    founding_settings,
    founding_tenant,
    gateway_secrets,
    gateways,
    invoices,
    keys,
    live,
    media,
    message_actions,
    messages,
    quotes,
    rules,
    users,
)
from web.api.auth import identify
from web.api.cors import install_cors
from web.api.headers import install_headers
from web.api.limits import install_rate_limit
from web.api.openapi import describe
from web.api.problems import register_error_handlers
from web.api.services import install
from web.chunked_bodies import limit_chunked_bodies

MAX_BODY_BYTES = 1_000_000
STATIC = Path(__file__).parent.parent / "static"

PROTECTED = (
    messages,
    message_actions,
    invoices,
    quotes,
    events,
    channels,
    channel_settings,
    keys,
    users,
    audit,
    conversations,
    contacts,
    contact_lookups,
    media,
    rules,
    canned_responses,
    conversation_settings,
    founding_conversations,
    live,
    alarms,
    gateways,
    gateway_secrets,
    founding_sessions,
    founding_settings,
    founding_config,
    founding_self_test,
    founding_send,
)
"""Modules whose blueprint needs an API key."""


def create_api_app(settings: Settings) -> APIFlask:
    """Return the API.

    Args:
        settings: of this process.

    Raises:
        ConfigurationError: no database.
    """
    app = APIFlask(
        "web", title="Paperboy", static_folder=str(STATIC), json_errors=False, spec_path=None, docs_path=None
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    made = install(app, settings)
    protected = frozenset((*(module.blueprint.name for module in PROTECTED), *founding.NAMES, *founding_tenant.NAMES))
    install_headers(app)
    install_cors(app, settings.session_cors_origins)
    register_error_handlers(app)
    identify(app, protected.__contains__, made.keys.find)
    install_rate_limit(app, settings.api_rate_limit, protected.__contains__)
    limit_chunked_bodies(app)
    for module in PROTECTED:
        app.register_blueprint(module.blueprint)
    app.register_blueprint(media.links)
    founding.register(app)
    founding_tenant.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(docs.blueprint)
    describe(app)
    return app
