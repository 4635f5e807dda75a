"""What may be answered within the service window besides a text, as it is asked for."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from messaging.violations import Violation
from web.api.schemas.fields import Body, Line, Link
from whatsapp import outgoing_contents as limits

MEDIA = ("image", "video", "audio", "document", "sticker")
CAPTIONED = ("image", "video", "document")
FREE_FORM = (*MEDIA, "location", "reaction", "buttons", "list", "link_button")

Reference = Annotated[str, Field(min_length=1, max_length=200, description="A message: our id, or Meta's (wamid).")]
Title = Annotated[Line, Field(max_length=limits.BUTTON_TITLE_LIMIT)]
ReplyId = Annotated[Line, Field(max_length=limits.ROW_ID_LIMIT)]
Shown = Annotated[str, Field(min_length=1, max_length=limits.INTERACTIVE_BODY_LIMIT)]


class FileToSend(Body):
    """A file: one that was uploaded here, or one that Meta fetches."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["media_id"]}, {"required": ["link"]}]})

    media_id: Annotated[str, Field(max_length=36, description="From POST /v1/media.")] | None = None
    link: Link | None = None
    caption: Annotated[str, Field(min_length=1, max_length=limits.CAPTION_LIMIT)] | None = None
    filename: Line | None = Field(default=None, description="Documents only.")
    voice: bool = Field(default=False, description="Audio only: shown as a voice message.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.media_id is None) == (self.link is None):
            raise Violation("give exactly one of media_id, link")
        return self


class PlaceToSend(Body):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    name: Line | None = None
    address: Line | None = None


class ReactionToSend(Body):
    message_id: Reference
    emoji: Annotated[str, Field(max_length=16, description="Empty: the reaction is taken back.")]


class Framed(Body):
    """What stands around buttons."""

    body: Shown
    header: Annotated[Line, Field(max_length=limits.HEADER_LIMIT)] | None = None
    footer: Annotated[Line, Field(max_length=limits.FOOTER_LIMIT)] | None = None

    def frame(self) -> limits.Frame:
        """Return it as the message's builder takes it."""
        return limits.Frame(self.body, self.header, self.footer)


class ReplyButton(Body):
    id: Annotated[Line, Field(max_length=limits.BUTTON_ID_LIMIT, description="Comes back with the answer.")]
    title: Title


class ButtonsToSend(Framed):
    buttons: Annotated[list[ReplyButton], Field(min_length=1, max_length=limits.MOST_BUTTONS)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        _check_distinct([button.id for button in self.buttons], "buttons")
        _check_distinct([button.title for button in self.buttons], "buttons")
        return self


class ListRow(Body):
    id: ReplyId
    title: Annotated[Line, Field(max_length=limits.ROW_TITLE_LIMIT)]
    description: Annotated[Line, Field(max_length=limits.ROW_DESCRIPTION_LIMIT)] | None = None


class ListSection(Body):
    title: Annotated[Line, Field(max_length=limits.ROW_TITLE_LIMIT)] | None = None
    rows: Annotated[list[ListRow], Field(min_length=1, max_length=limits.MOST_ROWS)]


class ListToSend(Framed):
    button: Title
    sections: Annotated[list[ListSection], Field(min_length=1, max_length=limits.MOST_ROWS)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        rows = [row.id for section in self.sections for row in section.rows]
        if len(rows) > limits.MOST_ROWS:
            raise Violation(f"a list has at most {limits.MOST_ROWS} rows in all its sections", "sections")
        _check_distinct(rows, "sections")
        if len(self.sections) > 1 and not all(section.title for section in self.sections):
            raise Violation("with more than one section, each needs a title", "sections")
        return self


class LinkButtonToSend(Framed):
    title: Title
    url: Link


def _check_distinct(values: list[Any], at: str) -> None:
    if len(set(values)) != len(values):
        raise Violation("ids and titles must differ from each other", at)
