"""Messages of a thread as people look at them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from messaging.templates import PLACEHOLDER, body_text
from web.inbox import words
from web.people.language import gettext

TEXT = "text"
SHOWN_IN_PLACE = {"image": "image/", "sticker": "image/", "video": "video/", "audio": "audio/"}
_SHORT = 120
"""Characters of a message that are quoted above its answer."""

Message = Mapping[str, Any]
Definitions = Mapping[tuple[str, str], Any]


def lines(messages: Iterable[Message], definitions: Definitions) -> list[dict[str, Any]]:
    """Return the messages of a thread, oldest first.

    Args:
        messages: as the API shows them, newest first.
        definitions: the number's templates, by name and language.
    """
    ordered = list(messages)[::-1]
    by_wamid = {one["wamid"]: one for one in ordered if one["wamid"]}
    return [_line(one, by_wamid, definitions) for one in ordered]


def summary(message: Message) -> str:
    """Return in some words what a message says: its text, else what it is."""
    if message["text"]:
        return str(message["text"])[:_SHORT]
    return gettext(_kind(message["type"])[0])


def _line(message: Message, by_wamid: Mapping[str, Message], definitions: Definitions) -> dict[str, Any]:
    quoted = by_wamid.get(message["reply_to"] or "")
    return {
        **message,
        "is_ours": message["direction"] == "outbound",
        "is_system": message["type"] == "system",
        "at": (message["direction"] == "inbound" and message["delivered_at"]) or message["created_at"],
        "text": _text(message, definitions),
        "kind": None if message["type"] == TEXT else _kind(message["type"]),
        "player": _player(message["media"]),
        "filename": _filename(message),
        "file_state": words.FILES.get(message["media"]["state"]) if message["media"] else None,
        "tick": words.TICKS.get(message["status"]) if message["direction"] == "outbound" else None,
        "told_by": words.SOURCES.get(message["source"] or ""),
        "system": words.SYSTEM.get(message["content"].get("system", {}).get("kind", "")),
        "quoted": {"is_ours": quoted["direction"] == "outbound", "text": summary(quoted)} if quoted else None,
        "advice": gettext(str(message["error"]["advice"])) if message["error"] else None,
    }


def _text(message: Message, definitions: Definitions) -> str | None:
    """A place and a contact card are shown as such; their text says no more."""
    if message["type"] in ("location", "contacts"):
        return None
    return message["text"] or _template_text(message, definitions)


def _kind(message_type: str) -> tuple[str, str]:
    if message_type in ("interactive", "button", TEXT):
        return "", "message-circle"
    return words.KINDS.get(message_type, words.UNREADABLE)


def _player(media: Mapping[str, Any] | None) -> str | None:
    """A file is shown in its place only when its bytes are of the type that the message says."""
    if not media or media["state"] != "stored":
        return None
    wanted = SHOWN_IN_PLACE.get(media["type"])
    return media["type"] if wanted and (media["mime_type"] or "").startswith(wanted) else "file"


def _filename(message: Message) -> str | None:
    """Of a file that lies elsewhere: sent by a link, or from the phone."""
    sent = message["content"].get(message["type"])
    return sent.get("filename") or sent.get("link") if isinstance(sent, dict) else None


def _template_text(message: Message, definitions: Definitions) -> str | None:
    sent = message["content"].get("template")
    if not sent:
        return None
    known = definitions.get((sent["name"], sent["language"]["code"]))
    if known is None:
        return None
    values = _values(sent)
    return re.sub(PLACEHOLDER, lambda found: values.get(found[1], found[0]), body_text(known.definition))


def _values(sent: Mapping[str, Any]) -> dict[str, str]:
    parts = (part["parameters"] for part in sent.get("components", ()) if part["type"] == "body")
    parameters: list[Mapping[str, str]] = next(parts, [])
    return {
        one.get("parameter_name") or str(number): one.get("text", "") for number, one in enumerate(parameters, start=1)
    }
