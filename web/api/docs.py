"""GET /openapi.json and /docs: the API's description, browsable without any outside host."""

from typing import Any, Final

from flask import Blueprint, Response, current_app, request

from web.api.answers import json_answer

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Paperboy API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="{root}/static/vendor/swagger-ui/swagger-ui.css">
</head>
<body>
  <div id="api" data-description="{root}/openapi.json"></div>
  <noscript>This page needs JavaScript; <a href="{root}/openapi.json">openapi.json</a> does not.</noscript>
  <script src="{root}/static/vendor/swagger-ui/swagger-ui-bundle.js"></script>
  <script src="{root}/static/docs/start.js"></script>
</body>
</html>
"""

DESCRIPTION: Final = "paperboy description"

blueprint = Blueprint("docs", __name__)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description, with the prefix under which it was asked for."""
    return json_answer({**_description(), "servers": [{"url": request.script_root or "/"}]})


@blueprint.get("/docs")
def docs() -> Response:
    """The page; all of it comes from here."""
    page = PAGE.format(root=_escaped(request.script_root))
    headers = {"Content-Security-Policy": PAGE_POLICY}
    return Response(page, headers=headers, content_type="text/html; charset=utf-8")


def _description() -> dict[str, Any]:
    """Gathering it from the views takes a while, so it is done once."""
    known = current_app.extensions
    if DESCRIPTION not in known:
        known[DESCRIPTION] = current_app.spec  # type: ignore[attr-defined]
    described: dict[str, Any] = known[DESCRIPTION]
    return described


def _escaped(prefix: str) -> str:
    """A prefix comes from a proxy's header: nothing in it may end an attribute."""
    return prefix.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
