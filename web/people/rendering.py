"""Pages as answers."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, make_response, render_template

from web.api.live_tickets import live_address
from web.api.services import services
from web.people.language import language
from web.people.sessions import current_user
from web.security_headers import POLICY

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'"
)


def page(template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any) -> Response:
    """Return a template as a page of the person who asks.

    Args:
        template: path below web/pages/templates.
        status: HTTP status.
        headers: more headers.
        context: what the template shows.
    """
    response = make_response(render_template(template, user=current_user(), language=language(), **context), status)
    response.headers[POLICY] = f"{PAGE_POLICY} {live_address(services().settings)}"
    response.headers.update(headers or {})
    return response
