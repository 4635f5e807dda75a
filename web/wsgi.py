"""What Granian serves: the receiver, the pages and the API, side by side in one process."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from observability.logging import configure_logging
from settings import Settings, get_settings
from web.api.app import create_api_app
from web.api.services import EXTENSION
from web.metrics import blueprint as metrics_blueprint
from web.pages.app import create_pages_app, is_page
from web.prefix import behind_proxies
from web.webhooks.app import WEBHOOK_PATHS, create_webhook_app
from web.webhooks.inbox import Inbox
from worker.doorbell import ring
from worker.queues import INGEST

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def create_app(settings: Settings) -> WsgiApp:
    """Return the whole web application.

    Args:
        settings: of this process.

    Raises:
        ConfigurationError: no database or broker.
        EncryptionError: WHATSAPP_ENCRYPTION_KEY is absent or malformed.
    """
    receiver = create_webhook_app(settings, Inbox(settings.database, on_stored=partial(ring, INGEST)))
    api = create_api_app(settings)
    api.register_blueprint(metrics_blueprint)
    pages = create_pages_app(settings, api.extensions[EXTENSION])

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in WEBHOOK_PATHS:
            return receiver(environ, start_response)
        return (pages if is_page(path) else api)(environ, start_response)

    return behind_proxies(dispatch, settings.trusted_proxies)


configure_logging(get_settings().env)
app = create_app(get_settings())
