"""/settings/templates: Meta's templates, and which of them carries which document."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from checks.template_list import fetch_templates
from db.changes import templates as changes
from db.changes.refusal import Refusal
from db.queries import templates
from messaging.parameters import DEFAULT_TEMPLATES
from messaging.sentences import Sentence
from messaging.templates import body_placeholders
from messaging.violations import Violation
from web.api.services import services
from web.pages import toasts
from web.pages.channel_view import all_channels
from web.pages.template_preview import preview
from web.pages.webhook import attempt
from web.people.rendering import page
from web.people.sessions import require_role, the_user

FETCHED = Sentence("The templates are as Meta has them now.")
CHOSEN = Sentence("Saved: from now on this template carries them.")
STEPS = {
    ("invoice", "initial"): Sentence("Invoice"),
    ("invoice", "notice"): Sentence("Invoice: payment notice"),
    ("invoice", "reminder"): Sentence("Invoice: reminder"),
    ("invoice", "last_reminder"): Sentence("Invoice: last reminder"),
    ("quote", "initial"): Sentence("Quote"),
}
PARAMETERS = {
    "customer_name": Sentence("Name of the customer"),
    "number": Sentence("Number of the document"),
    "period": Sentence("Period"),
    "amount": Sentence("Amount with currency"),
    "due_date": Sentence("Due date"),
    "valid_until": Sentence("Valid until"),
    "link": Sentence("Link to the document"),
    "organisation": Sentence("Your organisation"),
    "days_overdue": Sentence("Days overdue"),
}
STATUSES = {
    "APPROVED": (Sentence("Approved"), "green"),
    "PENDING": (Sentence("In review"), "yellow"),
    "IN_APPEAL": (Sentence("In appeal"), "yellow"),
    "REJECTED": (Sentence("Rejected"), "red"),
    "PAUSED": (Sentence("Paused"), "orange"),
    "DISABLED": (Sentence("Switched off by Meta"), "red"),
}
CATEGORIES = {
    "UTILITY": Sentence("Utility"),
    "MARKETING": Sentence("Marketing"),
    "AUTHENTICATION": Sentence("Authentication"),
}
QUALITIES = {
    "GREEN": (Sentence("High"), "green"),
    "YELLOW": (Sentence("Medium"), "yellow"),
    "RED": (Sentence("Low"), "red"),
}

blueprint = Blueprint("templates", __name__, url_prefix="/settings/templates")


@blueprint.get("")
def show() -> Response:
    """All templates, and what each document uses."""
    tenant_id = the_user().tenant_id
    with services().database.connect() as connection:
        known = templates.list_shown(connection, tenant_id)
        mapped = templates.document_templates(connection, tenant_id)
    names = {(one.name, one.language): one for one in known}
    used = [
        {
            "kind": kind,
            "step": step,
            "title": title,
            "template": template,
            "known": names.get((template.name, template.language)),
        }
        for (kind, step), title in STEPS.items()
        for template in [mapped.get((kind, step)) or DEFAULT_TEMPLATES[kind, step]]
    ]
    return page(
        "settings/templates.html",
        templates=[(one, preview(one.definition)) for one in known],
        used=used,
        channels=[channel for channel in all_channels() if channel.waba_id],
        statuses=STATUSES,
        categories=CATEGORIES,
        qualities=QUALITIES,
    )


@blueprint.post("/fetch/<uuid:channel_id>")
@require_role("operator")
def fetch(channel_id: UUID) -> AnyResponse:
    """Fetch a number's templates from Meta now."""
    made, tenant_id = services(), the_user().tenant_id
    attempt(lambda: fetch_templates(made.database.transaction, made.settings, tenant_id, channel_id), FETCHED)
    made.tenants.forget(tenant_id)
    return redirect(url_for("templates.show"), 303)


@blueprint.get("/<kind>/<step>")
@require_role("owner")
def edit(kind: str, step: str) -> Response:
    """The form that chooses a template; `template` of the query is one that is only looked at."""
    return _form(kind, step)


@blueprint.post("/<kind>/<step>")
@require_role("owner")
def choose(kind: str, step: str) -> AnyResponse:
    """Let a template carry a document."""
    if (kind, step) not in STEPS:
        raise NotFound
    user, (name, language) = the_user(), _named(request.form.get("template", ""))
    try:
        with services().database.transaction() as connection:
            changes.choose(
                connection,
                user.tenant_id,
                actor=user.actor,
                kind=kind,
                step=step,
                name=name,
                language=language,
                parameters=request.form.getlist("parameter"),
            )
    except Refusal as refused:
        return _form(kind, step, 422, {"template": refused.detail})
    except Violation as violation:
        return _form(kind, step, 422, {"parameters": violation.detail})
    services().tenants.forget(user.tenant_id)
    toasts.tell(CHOSEN)
    return redirect(url_for("templates.show"), 303)


def _form(kind: str, step: str, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    if (kind, step) not in STEPS:
        raise NotFound
    tenant_id = the_user().tenant_id
    with services().database.connect() as connection:
        known = {(one.name, one.language): one for one in templates.list_shown(connection, tenant_id)}
        mapped = templates.document_templates(connection, tenant_id)
    current = mapped.get((kind, step)) or DEFAULT_TEMPLATES[kind, step]
    wanted = (
        _named(request.values.get("template", ""))
        if request.values.get("template")
        else (current.name, current.language)
    )
    chosen = known.get(wanted)
    return page(
        "settings/template.html",
        status,
        kind=kind,
        step=step,
        title=STEPS[kind, step],
        known=known,
        chosen=chosen,
        preview=preview(chosen.definition) if chosen else None,
        places=_places(chosen, request.form.getlist("parameter") or list(current.order)),
        parameters=PARAMETERS,
        errors=errors or {},
    )


def _places(template: Any, order: list[str]) -> list[tuple[str, str]]:
    """Return each placeholder with what stands there now, "" where nothing was chosen."""
    names = body_placeholders(template.definition) if template else []
    return [(name, order[at] if at < len(order) else "") for at, name in enumerate(names)]


def _named(given: str) -> tuple[str, str]:
    name, _, language = given.partition("|")
    return name, language
