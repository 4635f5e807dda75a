"""/settings/rules: automatic answers, and a box to try them out in."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from db.queries import auto_reply_rules
from messaging.sentences import Sentence
from messaging.violations import Violation
from web.api.rules import trial
from web.api.schemas.contacts import RuleWanted, TrialWanted
from web.api.services import services
from web.pages import toasts
from web.people.rendering import page
from web.people.sessions import require_role, the_user

MATCHES: Final = {
    "contains": Sentence("contains"),
    "equals": Sentence("is exactly"),
    "starts_with": Sentence("starts with"),
    "regex": Sentence("matches the pattern"),
}
TIMES: Final = {
    "always": Sentence("always"),
    "business_hours": Sentence("in business hours"),
    "outside_business_hours": Sentence("outside business hours"),
}
PERIODS: Final = {
    0: Sentence("every time"),
    3600: Sentence("once an hour"),
    24 * 3600: Sentence("once a day"),
    7 * 24 * 3600: Sentence("once a week"),
}
"""Seconds; other periods are for the API."""
FIELDS: Final = ("name", "match", "pattern", "answer", "once_per_seconds", "during", "is_active", "position")
ADDED: Final = Sentence("The rule answers from now on.")
CHANGED: Final = Sentence("Saved.")
REMOVED: Final = Sentence("Removed.")
REFUSED: Final = Sentence("Fill in all fields; a name and the words stand in one line.")
NOTHING_TO_TRY: Final = Sentence("Write what a customer might write.")

blueprint = Blueprint("rules", __name__, url_prefix="/settings/rules")


@blueprint.get("")
def show() -> Response:
    """The rules in the order in which they are asked."""
    return _page()


@blueprint.post("")
@require_role("operator")
def add() -> AnyResponse:
    """Add a rule; it is asked last."""
    form = request.form
    period = form.get("once_per_seconds", "")
    try:
        wanted = RuleWanted.model_validate(
            {
                **{name: form.get(name, "").strip() for name in ("name", "match", "pattern", "answer", "during")},
                "once_per_seconds": int(period) if period.isascii() and period.isdecimal() else 0,
            }
        )
    except ValidationError as error:
        return _page(422, error=_why(error))
    with services().database.transaction() as connection:
        auto_reply_rules.add(connection, the_user().tenant_id, wanted.model_dump())
    toasts.tell(ADDED)
    return redirect(url_for("rules.show"), 303)


@blueprint.post("/try")
@require_role("viewer")
def try_out() -> Response:
    """Tell which rule would answer."""
    try:
        wanted = TrialWanted(text=request.form.get("text", "").strip())
    except ValidationError:
        return _page(422, trial_error=NOTHING_TO_TRY)
    return _page(trial=trial(the_user().tenant_id, wanted.text), tried=wanted.text)


@blueprint.post("/<uuid:rule_id>/switch")
@require_role("operator")
def switch(rule_id: UUID) -> AnyResponse:
    """Switch a rule on or off."""
    tenant_id = the_user().tenant_id
    with services().database.transaction() as connection:
        row = auto_reply_rules.find(connection, tenant_id, rule_id)
        if row is None:
            raise NotFound
        values = {name: getattr(row, name) for name in FIELDS} | {"is_active": not row.is_active}
        auto_reply_rules.replace(connection, tenant_id, rule_id, values)
    toasts.tell(CHANGED)
    return redirect(url_for("rules.show"), 303)


@blueprint.post("/<uuid:rule_id>/remove")
@require_role("operator")
def remove(rule_id: UUID) -> AnyResponse:
    """Remove a rule."""
    with services().database.transaction() as connection:
        if not auto_reply_rules.remove(connection, the_user().tenant_id, rule_id):
            raise NotFound
    toasts.tell(REMOVED)
    return redirect(url_for("rules.show"), 303)


def _why(error: ValidationError) -> str:
    """Return what the rule's own checks say; else that something is missing."""
    causes = (one.get("ctx", {}).get("error") for one in error.errors(include_url=False, include_input=False))
    return next((cause.detail for cause in causes if isinstance(cause, Violation)), REFUSED)


def _page(status: int = 200, **more: Any) -> Response:
    with services().database.connect() as connection:
        rows = auto_reply_rules.list_all(connection, the_user().tenant_id)
    return page(
        "inbox/rules.html",
        status,
        rules=rows,
        matches=MATCHES,
        times=TIMES,
        periods=PERIODS,
        given=request.form,
        **more,
    )
