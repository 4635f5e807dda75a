"""Living behind a proxy's prefix: `https://host/some/prefix/webhook` reaches `/webhook`."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

StartResponse = Any
WsgiApp = Any


def _nothing_is_known(_path: str) -> bool:
    return False


def behind_proxies(
    app: WsgiApp, hops: int, prefix: str = "", is_known: Callable[[str], bool] = _nothing_is_known
) -> WsgiApp:
    """Trust X-Forwarded-For, -Proto and -Prefix of `hops` proxies; 0: of none.

    X-Forwarded-Host is not trusted: addresses that we hand out come from PUBLIC_URL.

    Args:
        app: what is served.
        hops: how many proxies stand in front.
        prefix: under which it lives when neither a proxy nor the server tells one.
        is_known: tells whether a path, as it stands, is one of the app's.
    """
    inner = _StripPrefix(app, prefix, is_known)
    return ProxyFix(inner, x_for=hops, x_proto=hops, x_host=0, x_prefix=hops) if hops else inner


class _StripPrefix:
    """Take the prefix off a path that a proxy passed on whole (nginx without a trailing slash in proxy_pass).

    Some of our paths begin like a prefix ("/api", "/v1"): one that is known as it stands was cut before.
    """

    def __init__(self, app: WsgiApp, prefix: str, is_known: Callable[[str], bool]) -> None:
        self._app = app
        self._prefix = prefix
        self._is_known = is_known

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if self._prefix and not environ.get("SCRIPT_NAME"):
            environ["SCRIPT_NAME"] = self._prefix
        prefix = environ.get("SCRIPT_NAME", "").rstrip("/")
        path = environ["PATH_INFO"]
        if prefix and (path == prefix or path.startswith(prefix + "/")) and not self._is_known(path):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self._app(environ, start_response)
