"""From the bytes of POST /messages to a message Meta would accept, or its refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from simulator import message_shapes
from simulator.defaults import UNFETCHABLE_HOST_ENDING
from simulator.errors import GraphError
from simulator.identity import Recipient, bsuid_recipient, phone_recipient
from simulator.records import BusinessNumber, Media, looks_like_wamid
from simulator.shapes import check
from simulator.template_check import check_components, sendable
from simulator.templates import Template, Templates

MEDIA_TYPES: Final = frozenset({"document", "image", "video", "audio", "sticker"})
LIST_ROWS: Final = 10
LIST_TITLE_NEEDED_FROM: Final = 2


@dataclass(frozen=True, slots=True)
class Message:
    """A valid request; `fetchable` is False if Meta will fail to fetch its media link."""

    type: str
    recipient: Recipient
    callback_data: str | None
    template: Template | None
    fetchable: bool


def parse_object(raw: bytes) -> dict[str, Any]:
    """The request's JSON object. Raises GraphError 100 for anything else."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise GraphError(100, message="The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise GraphError(100, message="The request body must be a JSON object")
    return body


class MessageCheck:
    """Checks requests of one business number against the WABA's templates and media."""

    def __init__(self, number: BusinessNumber, templates: Templates, media: Mapping[str, Media]) -> None:
        self._number = number
        self._templates = templates
        self._media = media
        self._fetchable = True

    def message(self, body: dict[str, Any]) -> Message:
        """The message in `body`. Raises GraphError with Meta's code for the first thing that is wrong."""
        kind = body.get("type", "text")
        shape = message_shapes.ENVELOPES.get(kind) if isinstance(kind, str) else None
        check(body, shape or message_shapes.BASE)
        recipient = self._recipient(body)
        if "context" in body:
            _require_wamid(body["context"]["message_id"], "context")
        template = self._content(kind, body[kind], recipient)
        return Message(kind, recipient, body.get("biz_opaque_callback_data"), template, self._fetchable)

    def _recipient(self, body: Mapping[str, Any]) -> Recipient:
        if body.get("to"):
            recipient = phone_recipient(body["to"], self._number.calling_code)
        elif body.get("recipient"):
            recipient = bsuid_recipient(body["recipient"])
        else:
            raise GraphError(131008, "either to or recipient is required")
        if recipient.phone == self._number.phone:
            raise GraphError(131021, "the recipient is the sending number")
        return recipient

    def _content(self, kind: str, content: Any, recipient: Recipient) -> Template | None:
        if kind == "template":
            return self._template(content, recipient)
        if kind in MEDIA_TYPES:
            self._check_file(content, kind)
        elif kind == "interactive":
            self._check_interactive(content)
        elif kind == "reaction":
            _require_wamid(content["message_id"], "reaction")
        return None

    def _template(self, content: Mapping[str, Any], recipient: Recipient) -> Template:
        name, language = content["name"], content["language"]["code"]
        found = self._templates.find(name, language)
        template = sendable(found, name, language, to_bsuid=recipient.phone is None)
        check_components(template, content.get("components", []), self._check_file)
        return template

    def _check_file(self, file: Mapping[str, Any], kind: str) -> None:
        if ("id" in file) == ("link" in file):
            raise GraphError(131008, f"{kind}: exactly one of id and link is required")
        if "id" in file:
            self._check_uploaded(file["id"], kind)
        else:
            self._fetchable &= _fetchable(file["link"], kind)

    def _check_uploaded(self, media_id: str, kind: str) -> None:
        media = self._media.get(media_id)
        if media is None:
            raise GraphError(131009, f"{kind}: the media id is unknown or has expired")
        if media_kind(media.mime_type) != kind:
            raise GraphError(132012, f"{kind}: the media has the type {media.mime_type}")

    def _check_interactive(self, content: Mapping[str, Any]) -> None:
        shape = message_shapes.INTERACTIVE.get(str(content.get("type")))
        if shape is None:
            known = ", ".join(message_shapes.INTERACTIVE)
            raise GraphError(131009, f"interactive: type must be one of {known}")
        check(content, shape, "interactive")
        header = content.get("header")
        if header is not None:
            self._check_interactive_header(header)
        if content["type"] == "list":
            _check_sections(content["action"]["sections"])
        elif content["type"] == "cta_url":
            _fetchable(content["action"]["parameters"]["url"], "cta_url")

    def _check_interactive_header(self, header: Mapping[str, Any]) -> None:
        kind = header["type"]
        if kind not in header:
            raise GraphError(131008, f"interactive: a header of type {kind} has no {kind}")
        if kind != "text":
            self._check_file(header[kind], kind)


def read_receipt(body: dict[str, Any]) -> str:
    """The wamid that a "mark as read" names. Raises GraphError 100 or 131009."""
    check(body, message_shapes.READ_RECEIPT)
    _require_wamid(body["message_id"], "message_id")
    return str(body["message_id"])


def media_kind(mime_type: str) -> str:
    """The message type that carries files of a MIME type."""
    if mime_type == "image/webp":
        return "sticker"
    kind = mime_type.partition("/")[0]
    return kind if kind in MEDIA_TYPES else "document"


def _require_wamid(value: str, where: str) -> None:
    if not looks_like_wamid(value):
        raise GraphError(131009, f"{where}: not a message id")


def _fetchable(link: str, kind: str) -> bool:
    try:
        address = urlsplit(link)
        host = address.hostname
    except ValueError:
        host = None
    if not host or address.scheme not in {"http", "https"}:
        raise GraphError(131009, f"{kind}: the link is not an http(s) URL")
    return not host.endswith(UNFETCHABLE_HOST_ENDING)


def _check_sections(sections: list[dict[str, Any]]) -> None:
    if sum(len(section["rows"]) for section in sections) > LIST_ROWS:
        raise GraphError(131009, f"interactive: at most {LIST_ROWS} rows in all sections together")
    if len(sections) >= LIST_TITLE_NEEDED_FROM and not all(section.get("title") for section in sections):
        raise GraphError(131009, "interactive: with more than one section each needs a title")
