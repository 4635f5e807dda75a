"""Living behind a proxy's prefix: `https://host/some/prefix/webhook` reaches `/webhook`."""

from collections.abc import Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

StartResponse = Any
WsgiApp = Any


def behind_proxies(app: WsgiApp, hops: int) -> WsgiApp:
    """Trust X-Forwarded-For, -Proto and -Prefix of `hops` proxies; 0: of none.

    X-Forwarded-Host is not trusted: addresses that we hand out come from PUBLIC_URL.
    """
    inner = _StripPrefix(app)
    return ProxyFix(inner, x_for=hops, x_proto=hops, x_host=0, x_prefix=hops) if hops else inner


class _StripPrefix:
    """Take the prefix off a path that a proxy passed on whole (nginx without a trailing slash in proxy_pass)."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        prefix = environ.get("SCRIPT_NAME", "").rstrip("/")
        path = environ["PATH_INFO"]
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self._app(environ, start_response)
