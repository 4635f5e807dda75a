"""What later messages make of an earlier one: reactions, edits, messages taken back, in whatever order they came."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True)
class Amendment:
    """A message about another one; `text` is the new text of an edit, `emoji` None takes a reaction back."""

    kind: Literal["reaction", "edit", "revoke"]
    direction: Direction
    at: datetime
    text: str | None = field(default=None, repr=False)
    emoji: str | None = None


@dataclass(frozen=True, slots=True)
class Amended:
    """How a message is to be shown."""

    reactions: dict[Direction, str] = field(default_factory=dict)
    """Who reacted → with what; each side has one reaction, the latest."""
    edited_at: datetime | None = None
    text: str | None = field(default=None, repr=False)
    """Counts when `edited_at` is given."""
    revoked_at: datetime | None = None


def amended(amendments: Iterable[Amendment]) -> Amended:
    """Fold amendments of one message: of each kind the latest counts; nothing brings back what was taken back."""
    ordered = sorted(amendments, key=lambda one: (one.at, one.kind, one.direction, one.text or "", one.emoji or ""))
    latest = {one.direction: one.emoji for one in ordered if one.kind == "reaction"}
    edit = next((one for one in reversed(ordered) if one.kind == "edit"), None)
    revoked_at = min((one.at for one in ordered if one.kind == "revoke"), default=None)
    return Amended(
        reactions={direction: emoji for direction, emoji in latest.items() if emoji},
        edited_at=edit.at if edit else None,
        text=edit.text if edit else None,
        revoked_at=revoked_at,
    )
