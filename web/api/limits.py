"""How often one API key may ask. Counted in each process, so that it needs no Redis; errors let the request through."""

import math
import time
from collections.abc import Callable

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from web.api.auth import current_key
from web.api.limit_storage import SCHEME
from web.api.problems import Problem, render


def install_rate_limit(app: Flask, limit: str, is_protected: Callable[[str | None], bool]) -> Limiter:
    """Limit what each API key (without one: each address) may ask of the protected blueprints.

    Args:
        app: after `web.api.auth.identify`.
        limit: "100/second".
        is_protected: tells by a blueprint's name whether it needs a key.
    """
    limiter = Limiter(
        _caller, application_limits=[limit], storage_uri=f"{SCHEME}://", swallow_errors=True, headers_enabled=False
    )
    limiter.request_filter(lambda: not is_protected(request.blueprint))
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, lambda _error: _refused(limiter))
    return limiter


def _caller() -> str:
    key = current_key()
    return str(key.id) if key is not None else f"address {get_remote_address()}"


def _refused(limiter: Limiter) -> Response:
    current = limiter.current_limit
    seconds = max(1, math.ceil(current.window.reset_time - time.time())) if current is not None else 1
    detail = f"Too many requests for this API key; try again in {seconds} s."
    return render(Problem(429, detail=detail, headers={"Retry-After": str(seconds)}))
