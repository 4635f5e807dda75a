"""What Granian serves: the receiver and the rest, side by side in one process."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from observability.logging import configure_logging
from settings import Settings, get_settings
from web.api.app import create_api_app
from web.metrics import blueprint as metrics_blueprint
from web.prefix import behind_proxies
from web.webhooks.app import create_webhook_app, is_webhook
from web.webhooks.inbox import Inbox
from web.webhooks.signers import Signers
from worker.doorbell import ring
from worker.queues import INGEST

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def create_app(settings: Settings) -> WsgiApp:
    """Return the whole web application.

    Args:
        settings: of this process.

    Raises:
        ConfigurationError: no database or broker.
    """
    signers = Signers(settings)
    signers.start()
    receiver = create_webhook_app(settings, Inbox(settings.database, on_stored=partial(ring, INGEST)), signers)
    api = create_api_app(settings)
    api.register_blueprint(metrics_blueprint)

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        app = receiver if is_webhook(environ["PATH_INFO"]) else api
        return app(environ, start_response)

    return behind_proxies(dispatch, settings.trusted_proxies)


configure_logging(get_settings().env)
app = create_app(get_settings())
