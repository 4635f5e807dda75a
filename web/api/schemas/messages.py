"""Messages, as they are asked for and shown."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from messaging.violations import Violation
from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import Address, Body, ChannelId, Line, Link, Moment, Query, Status, TemplateParameters, Text
from web.api.schemas.free_form import (
    FREE_FORM,
    ButtonsToSend,
    FileToSend,
    LinkButtonToSend,
    ListToSend,
    PlaceToSend,
    ReactionToSend,
    Reference,
)

ONE_OF_HEADER = ("document", "image", "text")


def _exactly_one(given: BaseModel, names: tuple[str, ...]) -> None:
    count = sum(getattr(given, name) is not None for name in names)
    if count != 1:
        raise Violation(f"give exactly one of {', '.join(names)}")


def _one_of(*names: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [name]} for name in names]}


class DocumentFile(Body):
    link: Link
    filename: Line | None = None


class ImageFile(Body):
    link: Link


class Settlement(Body):
    """What a person found out about a message of unknown outcome."""

    outcome: Literal["sent", "not_sent"] = Field(description="sent: it counts as accepted; not_sent: as failed.")


class Header(Body):
    """What the template's header shows: exactly one of the three."""

    model_config = ConfigDict(json_schema_extra=_one_of(*ONE_OF_HEADER))

    document: DocumentFile | None = Field(default=None, description="PDF only.")
    image: ImageFile | None = None
    text: Annotated[str, Field(max_length=60)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ONE_OF_HEADER)
        return self


class Button(Body):
    """A value for one of the template's buttons."""

    model_config = ConfigDict(json_schema_extra=_one_of("url_suffix", "payload"))

    index: Annotated[int, Field(ge=0, le=9)]
    url_suffix: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="What is appended to the button's registered URL, percent-encoded."
    )
    payload: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="What a quick-reply button sends back."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("url_suffix", "payload"))
        return self


class TemplateToSend(Body):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$", max_length=20)]
    header: Header | None = None
    body: TemplateParameters = Field(default_factory=list, description="In order, or by name when they are named.")
    buttons: list[Button] = Field(default_factory=list, max_length=10)


class TextToSend(Body):
    body: Text
    preview_url: bool = False


class MessageRequest(Body):
    """One message to one recipient: a template, or anything else within 24 hours after the customer wrote."""

    model_config = ConfigDict(json_schema_extra=_one_of("template", "text", *FREE_FORM))

    to: Address
    template: TemplateToSend | None = None
    text: TextToSend | None = None
    image: FileToSend | None = None
    video: FileToSend | None = None
    audio: FileToSend | None = None
    document: FileToSend | None = None
    sticker: FileToSend | None = None
    location: PlaceToSend | None = None
    reaction: ReactionToSend | None = None
    buttons: ButtonsToSend | None = None
    list: ListToSend | None = None
    link_button: LinkButtonToSend | None = None
    reply_to: Reference | None = Field(default=None, description="The message that this one answers.")
    channel_id: ChannelId | None = Field(
        default=None, description="Which number or gateway's session sends; default: your first number."
    )
    client_reference: Line | None = Field(default=None, description="Your own reference; lists can be filtered by it.")
    scheduled_at: Moment | None = Field(default=None, description="RFC 3339 with offset; within a year.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        _exactly_one(self, ("template", "text", *FREE_FORM))
        return self


class MessageQuery(Query):
    status: Status | None = None
    direction: Literal["inbound", "outbound"] | None = None
    client_reference: Line | None = None
    to: Address | None = Field(default=None, description="Messages sent to this phone number or BSUID.")
    since: Moment | None = Field(default=None, description="Made at this time or later; RFC 3339 with offset.")
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class TemplateShown(BaseModel):
    name: str
    language: str | None


class ErrorShown(BaseModel):
    code: int | None = Field(description="Meta's error code.")
    title: str
    detail: str | None
    advice: str = Field(description="What to do, in plain words.")


class MessageShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    wamid: str | None = Field(description="Meta's id, once Meta has accepted it.")
    direction: Literal["inbound", "outbound"]
    to: str | None
    sender: str | None = Field(alias="from")
    type: str
    status: Status
    text: str | None
    template: TemplateShown | None
    client_reference: str | None
    document_id: str | None
    error: ErrorShown | None
    anomaly: str | None = Field(description="delivered_after_failed, failed_after_delivered or sent_twice: look at it.")
    scheduled_at: str | None = Field(json_schema_extra={"format": "date-time"})
    created_at: str = Field(json_schema_extra={"format": "date-time"})


class AttemptShown(BaseModel):
    number: int
    started_at: str
    ended_at: str | None
    outcome: str
    http_status: int | None
    fbtrace_id: str | None = Field(description="Meta's name for the call, for Meta's support.")
    error: ErrorShown | None


class Step(BaseModel):
    status: Status
    at: str = Field(json_schema_extra={"format": "date-time"})
    source: Literal["api", "worker", "meta"]


class MessageWithHistory(MessageShown):
    attempts: list[AttemptShown]
    timeline: list[Step]


class MessageList(BaseModel):
    data: list[MessageShown]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
