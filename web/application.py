"""The whole web application: the receiver, the pages and the API, side by side in one process."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect

from observability.logging import get_logger
from settings import Settings
from web.api.app import create_api_app
from web.api.openapi import BESIDE
from web.api.services import EXTENSION
from web.beside import paths_beside
from web.health import configuration
from web.metrics import blueprint as metrics_blueprint
from web.pages.app import create_pages_app, is_page
from web.prefix import behind_proxies
from web.webhooks.app import create_webhook_app, is_webhook
from web.webhooks.gateway_sources import GatewaySources
from web.webhooks.gateways import create_gateway_app, is_gateway_webhook
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers
from worker.doorbell import ring
from worker.queues import INGEST

log = get_logger(__name__)

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def create_app(settings: Settings) -> WsgiApp:
    """Return the whole web application.

    Args:
        settings: of this process.

    Raises:
        ConfigurationError: no database or broker.
        EncryptionError: WHATSAPP_ENCRYPTION_KEY is absent or malformed.
    """
    _tell_what_is_missing(settings)
    signers = Signers(settings)
    signers.start()
    sources = GatewaySources(settings)
    sources.start()
    inbox = Inbox(settings.database, on_stored=partial(ring, INGEST))
    receiver = create_webhook_app(settings, inbox, signers)
    gateways = create_gateway_app(settings, inbox, sources)
    api = create_api_app(settings)
    api.register_blueprint(metrics_blueprint)
    api.extensions[BESIDE] = paths_beside()
    pages = create_pages_app(settings, api.extensions[EXTENSION])

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if is_webhook(path):
            return receiver(environ, start_response)
        if is_gateway_webhook(path):
            return gateways(environ, start_response)
        return (pages if is_page(path) else api)(environ, start_response)

    behind = behind_proxies(dispatch, settings.trusted_proxies, settings.script_name, _routes_of(api, pages))

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # The receiver needs nothing that a proxy tells: most webhooks come without a prefix and skip that layer.
        app = receiver if is_webhook(environ["PATH_INFO"]) else behind
        return app(environ, start_response)

    return serve


def _tell_what_is_missing(settings: Settings) -> None:
    """The web starts all the same: what is stored can be sent and looked up, and health says so too (S1.1)."""
    missing = [str(check["detail"]) for check in configuration(settings).values() if not check["ok"]]
    if missing:
        log.error("web.webhooks_not_configured", reason=" ".join(missing))


def _routes_of(*apps: Flask) -> Callable[[str], bool]:
    """Return what tells whether a path, as it stands, is one of ours."""
    maps = [app.url_map.bind("localhost") for app in apps]

    def is_known(path: str) -> bool:
        text = path.encode("latin-1").decode(errors="replace")
        return is_webhook(path) or is_gateway_webhook(path) or any(_matches(routes, text) for routes in maps)

    return is_known


def _matches(routes: MapAdapter, path: str) -> bool:
    try:
        routes.match(path)
    except (MethodNotAllowed, RequestRedirect):
        return True
    except HTTPException:
        return False
    return True
