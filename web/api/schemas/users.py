"""Users, as they are invited, changed and shown."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from messaging.people import LONGEST_LOGIN, canonical_login
from web.api.pagination import DEFAULT_LIMIT, Cursor, Limit
from web.api.schemas.fields import DATE_TIME, Body, Line, Query

Role = Literal["owner", "operator", "viewer"]
Language = Literal["en", "es"]
Login = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_LOGIN, description='Letters, digits and ". _ + @ -"; case is ignored.'),
    AfterValidator(canonical_login),
]


class UserQuery(Query):
    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class UserWanted(Body):
    login: Login
    role: Role
    name: Line | None = Field(default=None, description="Absent: the login.")
    language: Language = "en"


class UserChange(Body):
    """What is absent stays."""

    role: Role | None = None
    is_active: bool | None = Field(default=None, description="false ends all sessions at once.")
    name: Line | None = None
    language: Language | None = None


class UserShown(BaseModel):
    id: str = Field(json_schema_extra={"format": "uuid"})
    login: str
    name: str
    role: Role
    language: Language
    state: Literal["invited", "active", "inactive"]
    is_active: bool
    last_login_at: str | None = Field(json_schema_extra=DATE_TIME)
    failed_logins: int = Field(description="Since the last login.")
    locked_until: str | None = Field(description="Too many failed logins.", json_schema_extra=DATE_TIME)
    created_at: str = Field(json_schema_extra=DATE_TIME)
    updated_at: str = Field(json_schema_extra=DATE_TIME)


class InvitationMade(BaseModel):
    url: str = Field(description="Shown this once: give it to the person.")
    expires_at: str = Field(json_schema_extra=DATE_TIME)


class UserInvited(UserShown):
    invitation: InvitationMade


class UserList(BaseModel):
    data: list[UserShown]
    next: str | None
