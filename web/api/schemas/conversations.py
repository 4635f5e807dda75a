"""Conversations, as they are asked for and shown."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from messaging.violations import Violation
from web.api.conversation_cursor import PlaceCursor
from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import DATE_TIME, UUID_FORMAT, Body, Line, Query, Text
from web.api.schemas.messages import MessageShown

State = Literal["open", "closed"]
Label = Annotated[Line, Field(max_length=50)]


class ConversationQuery(Query):
    state: State | None = None
    assignee: Annotated[str, Field(max_length=36)] | None = Field(
        default=None, description="A user's id, or none for those that nobody is assigned to."
    )
    unread: bool | None = None
    label: Label | None = None
    search: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Part of a name, of a number, or of your own id."
    )
    cursor: PlaceCursor | None = None
    limit: Limit = DEFAULT_LIMIT


class ConversationChanges(Body):
    """What is to change; what is left out stays as it is."""

    state: State | None = None
    assignee_id: Annotated[str, Field(max_length=36, json_schema_extra=UUID_FORMAT)] | None = Field(
        default=None, description="A user of the tenant; null: nobody."
    )
    labels: Annotated[list[Label], Field(max_length=20)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise Violation("give at least one of state, assignee_id, labels")
        return self


class ReadMark(Body):
    typing: bool = Field(default=False, description="Also show the customer that an answer is being written.")


class NoteWanted(Body):
    text: Text


class NoteShown(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    author: str
    text: str
    created_at: str = Field(json_schema_extra=DATE_TIME)


class NoteList(BaseModel):
    data: list[NoteShown]
    next: str | None


class Stopped(BaseModel):
    marketing: bool
    utility: bool


class ContactSummary(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    name: str | None
    phone: str | None
    bsuid: str | None
    lid: str | None
    username: str | None
    external_id: str | None
    stopped: Stopped
    unreachable: bool


class Window(BaseModel):
    is_open: bool = Field(description="Free-form messages may be sent now.")
    closes_at: str | None = Field(json_schema_extra=DATE_TIME)


class LastMessage(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    type: str
    text: str | None
    direction: Literal["inbound", "outbound"]
    status: str


class ConversationShown(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    channel_id: str = Field(json_schema_extra=UUID_FORMAT)
    contact: ContactSummary | None = Field(description="null: a group.")
    group_id: str | None
    state: State
    assignee_id: str | None
    unread: int
    labels: list[str]
    window: Window
    last_message: LastMessage | None
    last_message_at: str = Field(json_schema_extra=DATE_TIME)
    closed_at: str | None
    created_at: str = Field(json_schema_extra=DATE_TIME)


class ConversationList(BaseModel):
    data: list[ConversationShown]
    next: str | None


class ThreadQuery(Query):
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class FileShown(BaseModel):
    id: str = Field(json_schema_extra=UUID_FORMAT)
    state: Literal["waiting", "stored", "failed", "deleted"]
    type: str
    mime_type: str | None
    filename: str | None
    size: int | None
    url: str | None = Field(description="Opens without a key for some minutes; ask again for a new one.")
    reason: str | None


class ThreadMessage(MessageShown):
    source: str | None = Field(description="echo: sent from the phone app; history: imported; auto_reply: by a rule.")
    sender_name: str | None
    reply_to: str | None
    content: dict[str, Any]
    media: FileShown | None
    reactions: dict[str, str] = Field(description="inbound and outbound: the latest emoji of each side.")
    edited_at: str | None
    revoked_at: str | None
    cleared_at: str | None = Field(description="When the content was deleted, as its time was over or on request.")
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None


class Thread(BaseModel):
    data: list[ThreadMessage]
    next: str | None
