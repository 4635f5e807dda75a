"""/inbox/<conversation>/answer and …/template: what people write to customers."""

import hashlib
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Flask, Response, g, request
from pydantic import ValidationError

from messaging.templates import PLACEHOLDER, body_placeholders, dynamic_url_buttons
from web.api.conversation_acts import find_conversation
from web.api.idempotency import RequestKey
from web.api.messages import queue
from web.api.problems import Problem
from web.api.schemas.messages import MessageRequest
from web.api.services import services
from web.api.tenants import TenantConfig
from web.api.uploads import LARGEST_FORM, uploaded
from web.inbox import words
from web.inbox.pages import parts
from web.inbox.showing import address
from web.pages.template_preview import preview
from web.people.rendering import page
from web.people.sessions import current_user, require_role, the_user

WITH_FILES: Final = "answering.answer"
LONGEST_TEXT: Final = 4096
CAPTIONED: Final = ("image", "video", "document")
LONGEST_TRY: Final = 64

blueprint = Blueprint("answering", __name__, url_prefix="/inbox/<uuid:conversation_id>")


def allow_files(app: Flask) -> None:
    """Let forms with files be as large as WhatsApp's largest file, of people who are logged in.

    Before the check of the form's token, which reads the whole form.
    """

    @app.before_request
    def _raise_limit() -> None:
        if request.endpoint == WITH_FILES and current_user() is not None:
            request.max_content_length = LARGEST_FORM


@blueprint.post("/answer")
@require_role("operator")
def answer(conversation_id: UUID) -> Response:
    """Send a text, or a file with or without one."""
    row, text = _conversation(conversation_id), request.form.get("text", "").strip()
    try:
        content = _content(row, text)
        if content is None:
            return _refused(conversation_id, words.NOTHING_TO_SEND)
        return _send(row, content, {"text": text})
    except Problem as problem:
        return _refused(conversation_id, words.refusal(problem))


@blueprint.get("/template")
def show_template(conversation_id: UUID) -> Response:
    """A template as the customer will see it, with a field for each place in it."""
    return page("inbox/template_fields.html", **_template(_config(_conversation(conversation_id))))


@blueprint.post("/template")
@require_role("operator")
def send_template(conversation_id: UUID) -> Response:
    """Send a template."""
    row = _conversation(conversation_id)
    shown = _template(_config(row))
    if shown["chosen"] is None:
        return _refused(conversation_id, words.NO_TEMPLATE)
    try:
        return _send(row, {"template": _filled(shown)}, shown)
    except Problem as problem:
        return _refused(conversation_id, words.refusal(problem), **shown)


def _conversation(conversation_id: UUID) -> Any:
    with services().database.connect() as connection:
        return find_conversation(connection, the_user().tenant_id, str(conversation_id))


def _config(row: Any) -> TenantConfig | None:
    return services().tenants.of_channel(row.tenant_id, row.channel_id)


def _content(row: Any, text: str) -> dict[str, Any] | None:
    file = request.files.get("file")
    if file is not None and file.filename:
        with closing(file):
            stored = uploaded(row.tenant_id, file.stream.read(), file.mimetype, file.filename, row.channel_id)
        named = {"filename": file.filename} if stored.type == "document" else {}
        said = {"caption": text} if text and stored.type in CAPTIONED else {}
        return {stored.type: {"media_id": str(stored.id), **named, **said}}
    return {"text": {"body": text}} if text else None


def _send(row: Any, content: dict[str, Any], given: dict[str, Any]) -> Response:
    asked = {"to": address(row), "channel_id": str(row.channel_id), **content}
    if request.form.get("reply_to"):
        asked["reply_to"] = request.form["reply_to"]
    try:
        wanted = MessageRequest.model_validate(asked)
    except ValidationError:
        return _refused(row.id, words.TOO_LONG, **given)
    g.request_key = _key(wanted)
    queue(row.tenant_id, wanted)
    return parts(row.id, answered={})


def _key(wanted: MessageRequest) -> RequestKey:
    """The same form again, after its first answer was lost on the way, sends nothing twice."""
    digest = hashlib.sha256(wanted.model_dump_json().encode()).digest()
    return RequestKey(f"inbox-{request.form.get('once', '')[:LONGEST_TRY]}-{digest.hex()}", digest)


def _refused(conversation_id: UUID, why: str, **given: Any) -> Response:
    shown = {"error": why, "text": request.form.get("text", ""), **given}
    return parts(conversation_id, 422, answered=shown)


def _template(config: TenantConfig | None) -> dict[str, Any]:
    """Return the template that is asked for, how it looks, and what is to be filled in."""
    name, _, language = request.values.get("template", "").partition("|")
    chosen = config.templates.get((name, language)) if config else None
    if chosen is None:
        return {"chosen": None}
    definition = chosen.definition
    return {
        "chosen": chosen,
        "preview": preview(definition),
        "header": _header_wanted(definition),
        "places": body_placeholders(definition),
        "buttons": dynamic_url_buttons(definition),
        "given": request.form,
    }


def _header_wanted(definition: Mapping[str, Any]) -> str | None:
    """What the header takes: a text, or the address of a file; None: nothing."""
    components: list[Mapping[str, Any]] = definition.get("components") or []
    header: Mapping[str, Any] = next((part for part in components if str(part.get("type")).upper() == "HEADER"), {})
    kind = str(header.get("format") or "TEXT").lower()
    if kind == "text":
        return "text" if PLACEHOLDER.search(str(header.get("text") or "")) else None
    return kind


def _filled(shown: dict[str, Any]) -> dict[str, Any]:
    form, places = request.form, shown["places"]
    values = {place: form.get(f"place-{place}", "").strip() for place in places}
    is_named = not all(place.isdigit() for place in places)
    header, given = shown["header"], form.get("header", "").strip()
    filled: dict[str, Any] = {
        "name": shown["chosen"].name,
        "language": shown["chosen"].language,
        "body": values if is_named else list(values.values()),
        "buttons": [
            {"index": index, "url_suffix": form.get(f"button-{index}", "").strip()} for index, _ in shown["buttons"]
        ],
    }
    if header is not None:
        filled["header"] = {header: given if header == "text" else {"link": given}}
    return filled
