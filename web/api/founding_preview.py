"""What a founding answer shows of the message: its text, and the link for sending it by hand."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from messaging.templates import PLACEHOLDER
from web.api.contents import Content

WA_ME = "https://wa.me/"


def preview(definition: Mapping[str, Any] | None, content: Content) -> str:
    """Return the template's text with its values, or the values alone when the text is not known."""
    parameters = _body_parameters(content)
    text = _body_text(definition)
    if text is None:
        return " · ".join(parameters.values())
    return PLACEHOLDER.sub(lambda found: parameters.get(found[1], found[0]), text)


def by_hand(phone: str, text: str) -> str:
    """Return the wa.me link with which a person sends the text (S4.9); it proves nothing."""
    return f"{WA_ME}{phone.removeprefix('+')}?text={quote(text, safe='')}"


def _body_parameters(content: Content) -> dict[str, str]:
    components = content["template"].get("components", ())
    body = next((part["parameters"] for part in components if part["type"] == "body"), ())
    return {one.get("parameter_name", str(n)): one["text"] for n, one in enumerate(body, start=1)}


def _body_text(definition: Mapping[str, Any] | None) -> str | None:
    parts = (definition or {}).get("components") or ()
    return next((part.get("text") for part in parts if part.get("type") == "BODY"), None)
