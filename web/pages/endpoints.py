"""The form with an address of the organisation's own system, on whatever page it stands."""

from collections.abc import Callable
from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.changes import endpoints as changes
from db.changes.refusal import NotFoundError
from db.queries.endpoints import EndpointKind
from messaging.sentences import Sentence
from messaging.violations import Violation
from web.api.endpoints import store
from web.api.services import services
from web.pages import toasts
from web.people.sessions import the_user

BAD_URL: Final = Sentence("Give an address that begins with https:// and can be reached from the internet.")


def put(kind: EndpointKind, page: Callable[..., Response]) -> Response:
    """Set the address that the form gives.

    Args:
        kind: what is posted there.
        page: draws the page that has the form; takes `secret`, to be shown this once, or a status with the `error` and
            the `url` it is about.
    """
    user, url = the_user(), request.form.get("url", "")
    try:
        secret = store(kind, user.tenant_id, url, user.actor)
    except Violation:
        return page(422, error=BAD_URL, url=url)
    return page(secret=secret)


def remove(kind: EndpointKind, view: str, removed: Sentence) -> AnyResponse:
    """Forget the address.

    Args:
        kind: what was posted there.
        view: of the page that has the form; it tells what came of it.
        removed: what to tell.
    """
    try:
        with services().database.transaction() as connection:
            changes.remove(connection, kind, the_user().tenant_id, actor=the_user().actor)
    except NotFoundError as refused:
        toasts.tell_failure(refused.detail)
    else:
        toasts.tell(removed)
    return redirect(url_for(view), 303)
