"""Template parameters: what Meta would refuse, and what no customer should read, is refused here first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.links import LONGEST_LINK, check_suffix
from messaging.violations import Violation

# Meta: Template components. The figures are those of the whole component, so no longer parameter ever fits.
BODY_PARAMETER_LIMIT = 1024
HEADER_TEXT_LIMIT = 60
QUICK_REPLY_PAYLOAD_LIMIT = 256

LINE_BREAKS_AND_TABS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SPACES_IN_A_ROW = 4
_TOO_MANY_SPACES = re.compile(" " * (SPACES_IN_A_ROW + 1))

# A program wrote its missing value as a word. "null" is a name and a number in some languages, so it counts
# only when nothing else is there; the others are refused anywhere: an invoice once asked for "RD$undefined".
_MISSING_VALUE = re.compile(r"(?i:null|nan|undefined)")
_MISSING_VALUE_INSIDE = re.compile(r"\bundefined\b|\bNaN\b|\[object Object\]")

_PARAMETER_NAME = re.compile(r"\w{1,128}")
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
"""Of a parameter in a template's text, by number or name (Meta: Template parameters)."""


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """What a message puts into the template's header: `format` text, document, image, video or location."""

    format: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ButtonValue:
    """What a message puts into one button: `type` url (suffix), quick_reply (payload), copy_code, flow."""

    index: int
    type: str
    value: str


def lint_parameter(text: str, limit: int = BODY_PARAMETER_LIMIT, *, at: str = "") -> str:
    """Return the text as it is when it may stand in a template (Meta errors 132018, 132012, 100).

    Args:
        text: the parameter.
        limit: the most characters.
        at: where the parameter stands, for the Violation.

    Raises:
        Violation: empty, a word for a missing value, line breaks, tabs, more than four spaces in a row, other
            control characters, too long.
    """
    fault = _first_fault(text, limit)
    if fault:
        raise Violation(f"the template parameter {fault}", at)
    return text


def check_parameters(
    definition: Mapping[str, Any] | None,
    header: HeaderValue | None,
    body: Sequence[str] | Mapping[str, str],
    buttons: Sequence[ButtonValue],
) -> None:
    """Check all values for a template: each by itself, and against the definition when it is known.

    Args:
        definition: Meta's template object (`components`, `parameter_format`), None when it is not known.
        header: the header's value, None for none.
        body: a sequence for a POSITIONAL template, a mapping for a NAMED one.
        buttons: the values of buttons, in any order.

    Raises:
        Violation: the first fault, `at` "header", "body", "body/<index or name>", "buttons" or "buttons/<n>".
    """
    check_header(definition, header)
    check_body(definition, body)
    check_buttons(definition, buttons)


def check_header(definition: Mapping[str, Any] | None, header: HeaderValue | None) -> None:
    """Check the header's value; arguments and Violation as `check_parameters`."""
    if header is not None and header.format == "text":
        lint_parameter(header.text or "", HEADER_TEXT_LIMIT, at="header")
    if definition is None:
        return
    wanted = _header_format_wanted(definition)
    given = None if header is None else header.format
    if wanted == given:
        return
    if wanted is None:
        raise Violation("the template's header takes no value", "header")
    raise Violation(f"the template's header takes a value of the type {wanted}", "header")


def check_body(definition: Mapping[str, Any] | None, body: Sequence[str] | Mapping[str, str]) -> None:
    """Check the body's values (Meta error 132000); arguments and Violation as `check_parameters`."""
    named = isinstance(body, Mapping)
    for key, text in body.items() if isinstance(body, Mapping) else enumerate(body):
        at = f"body/{_pointer_token(key)}"
        lint_parameter(text, at=at)
        if definition is None and not _PARAMETER_NAME.fullmatch(str(key)):
            raise Violation("the name of a template parameter has letters, digits and underscores only", at)
    if definition is None:
        return
    wanted = _placeholders(_component(definition, "BODY").get("text"))
    if wanted and named != _is_named(definition, wanted):
        listed = ", ".join(wanted)
        shape = f"an array of {len(wanted)} texts" if named else f"an object with the names {listed}"
        raise Violation(f"the template's body takes {shape}", "body")
    if len(body) != len(wanted) or (isinstance(body, Mapping) and set(body) != set(wanted)):
        expected = f"the names {', '.join(wanted)}" if named and wanted else f"{len(wanted)} parameters"
        raise Violation(f"the template's body takes {expected}; {len(body)} are given", "body")


def check_buttons(definition: Mapping[str, Any] | None, buttons: Sequence[ButtonValue]) -> None:
    """Check the buttons' values; arguments and Violation as `check_parameters`."""
    if len({button.index for button in buttons}) != len(buttons):
        raise Violation("two values are given for the same button", "buttons")
    for position, button in enumerate(buttons):
        _check_button_value(button, f"buttons/{position}")
    if definition is None:
        return
    registered = _component(definition, "BUTTONS").get("buttons") or []
    for position, button in enumerate(buttons):
        _check_against_registered(button, registered, f"buttons/{position}")
    given = {button.index for button in buttons}
    for index, _url in dynamic_url_buttons(definition):
        if index not in given:
            raise Violation(f"the end of the URL of the template's button {index} is missing", "buttons")


def dynamic_url_buttons(definition: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return (index, registered URL) of the template's URL buttons that end in a variable."""
    registered = _component(definition, "BUTTONS").get("buttons") or []
    return [(index, button["url"]) for index, button in enumerate(registered) if _takes_suffix(button)]


def body_text(definition: Mapping[str, Any]) -> str:
    """Return the text of a template's body, with its placeholders."""
    return str(_component(definition, "BODY").get("text") or "")


def body_placeholders(definition: Mapping[str, Any]) -> list[str]:
    """Return what the placeholders of a template's body are called, each once: numbers or names."""
    return _placeholders(body_text(definition))


def _first_fault(text: str, limit: int) -> str | None:
    checks = (
        (not text.strip(), "is empty"),
        (LINE_BREAKS_AND_TABS.search(text), "has a line break or a tab; write it in one line"),
        (CONTROL_CHARACTERS.search(text), "has a control character; remove it"),
        (_TOO_MANY_SPACES.search(text), f"has more than {SPACES_IN_A_ROW} spaces in a row; shorten them"),
        (_names_missing_value(text), 'says "undefined", "null" or "NaN": its value was missing'),
        (len(text) > limit, f"has {len(text)} characters; at most {limit} are allowed"),
    )
    return next((fault for broken, fault in checks if broken), None)


def _pointer_token(key: str | int) -> str:
    """RFC 6901: "~" and "/" inside one token of a JSON pointer are escaped."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _names_missing_value(text: str) -> bool:
    return bool(_MISSING_VALUE.fullmatch(text.strip()) or _MISSING_VALUE_INSIDE.search(text))


def _component(definition: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    components: list[Mapping[str, Any]] = definition.get("components") or []
    return next((part for part in components if str(part.get("type")).upper() == kind), {})


def _placeholders(text: str | None) -> list[str]:
    return list(dict.fromkeys(PLACEHOLDER.findall(text or "")))


def _is_named(definition: Mapping[str, Any], placeholders: Sequence[str]) -> bool:
    """Older template objects do not tell their format; their placeholders do."""
    told = definition.get("parameter_format")
    return told == "NAMED" if told else not all(name.isdigit() for name in placeholders)


def _header_format_wanted(definition: Mapping[str, Any]) -> str | None:
    header = _component(definition, "HEADER")
    header_format = str(header.get("format") or "TEXT").lower()
    if header_format == "text":
        return "text" if _placeholders(header.get("text")) else None
    return header_format


def _check_button_value(button: ButtonValue, at: str) -> None:
    if button.type != "url":
        lint_parameter(button.value, QUICK_REPLY_PAYLOAD_LIMIT, at=at)
        return
    lint_parameter(button.value, LONGEST_LINK, at=at)
    try:
        check_suffix(button.value)
    except Violation as violation:
        raise Violation(violation.detail, at) from violation


def _check_against_registered(button: ButtonValue, registered: Sequence[Mapping[str, Any]], at: str) -> None:
    if not 0 <= button.index < len(registered):
        raise Violation(f"the template has no button {button.index}; it has {len(registered)}", at)
    kind = str(registered[button.index].get("type")).lower()
    if kind != button.type:
        raise Violation(f"the template's button {button.index} is of the type {kind}", at)
    if kind == "url" and not _takes_suffix(registered[button.index]):
        raise Violation(f"the template's button {button.index} has a fixed URL and takes no value", at)
    if kind == "url" and len(registered[button.index]["url"]) + len(button.value) > LONGEST_LINK:
        raise Violation(f"the button's whole URL is longer than {LONGEST_LINK} characters", at)


def _takes_suffix(button: Mapping[str, Any]) -> bool:
    return str(button.get("type")).upper() == "URL" and bool(PLACEHOLDER.search(button.get("url") or ""))
