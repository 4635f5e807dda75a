"""Which other sites' pages may read sessions (S3.35): an allow-list, empty unless set."""

from collections.abc import Sequence
from typing import Final

from flask import Flask, Response, request

from web.api.surfaces import SESSION_PATH

PREFLIGHT_SECONDS: Final = "600"
ALLOWED_METHODS: Final = "GET"
ALLOWED_HEADERS: Final = "Authorization"


def install_cors(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of these origins read sessions; a key they need all the same, and no cookie counts.

    Args:
        app: before `web.api.auth.identify`: a browser asks for leave without the key.
        origins: such as https://shop.example.com.
    """
    allowed = frozenset(origins)

    @app.before_request
    def _preflight() -> Response | None:
        is_asking = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not is_asking or not _is_allowed(allowed):
            return None
        headers = {
            "Access-Control-Allow-Methods": ALLOWED_METHODS,
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": PREFLIGHT_SECONDS,
        }
        return Response(status=204, headers=headers)

    @app.after_request
    def _allow(response: Response) -> Response:
        if request.path.startswith(SESSION_PATH + "/"):
            response.headers.add("Vary", "Origin")
            if _is_allowed(allowed):
                response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        return response


def _is_allowed(origins: frozenset[str]) -> bool:
    return request.path.startswith(SESSION_PATH + "/") and request.headers.get("Origin") in origins
