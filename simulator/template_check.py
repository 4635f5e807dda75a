"""A template send against the approved template: Meta's refusals 132xxx, 131008 and 131062."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from simulator.errors import GraphError
from simulator.templates import Template

PLACEHOLDER: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
UNPRINTABLE_IN_PARAMETER: Final = re.compile(r"[\n\r\t]| {5}")
MEDIA_FORMATS: Final = frozenset({"IMAGE", "VIDEO", "DOCUMENT", "LOCATION"})
TEXT_TYPES: Final = frozenset({"text", "currency", "date_time"})
HYDRATED_LIMITS: Final[Mapping[str, int]] = {"header": 60, "body": 1024}
URL_LIMIT: Final = 2000
REFUSED_STATUSES: Final[Mapping[str, int]] = {"PAUSED": 132015, "DISABLED": 132016}

Given = Mapping[str, Any]
FileCheck = Callable[[Given, str], None]


def sendable(template: Template | None, name: str, language: str, *, to_bsuid: bool) -> Template:
    """The template if it may be sent so. Raises GraphError 132001, 132015, 132016 or 131062."""
    if template is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")
    status = template["status"]
    if status != "APPROVED":
        raise GraphError(REFUSED_STATUSES.get(status, 132001), f"template name ({name}) is {status.lower()}")
    if to_bsuid and template["category"] == "AUTHENTICATION":
        raise GraphError(131062, "authentication templates need a phone number")
    return template


def check_components(template: Template, given: Sequence[Given], check_file: FileCheck) -> None:
    """Raise GraphError unless the components given fill exactly what the template defines.

    check_file(file, media type) is asked about each image, video and document of the header.
    """
    parts = _by_place(given)
    defined = {component["type"].upper(): component for component in template["components"]}
    named = template.get("parameter_format") == "NAMED"
    _check_texts("body", defined.get("BODY", {}).get("text", ""), parts.pop("body", []), named)
    _check_header(defined.get("HEADER"), parts.pop("header", None), named, check_file)
    _check_buttons(defined.get("BUTTONS", {}).get("buttons", []), parts)


def _by_place(given: Sequence[Given]) -> dict[Any, Any]:
    """Parameters by place: "header", "body", or (index, sub_type) for a button."""
    parts: dict[Any, Any] = {}
    for component in given:
        place = component["type"]
        if place == "button":
            place = (_button_index(component), component.get("sub_type"))
        if place in parts:
            raise GraphError(132018, f"the {component['type']} component is given twice")
        parts[place] = component.get("parameters", [])
    return parts


def _button_index(component: Given) -> int:
    index = str(component.get("index", ""))
    if not (index.isascii() and index.isdigit() and len(index) == 1):
        raise GraphError(132018, "a button needs an index from 0 to 9")
    return int(index)


@lru_cache(maxsize=1024)
def placeholders(text: str) -> tuple[str, ...]:
    """Names (or positions) of a text's variables, each once, in order of appearance."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def _check_texts(place: str, text: str, given: Sequence[Given], named: bool) -> None:
    expected = placeholders(text)
    if len(given) != len(expected):
        raise GraphError(132000, f"{place}: {len(given)} parameters given, {len(expected)} expected")
    for parameter in given:
        _check_text(place, parameter)
    if named or any("parameter_name" in parameter for parameter in given):
        _check_names(place, expected, given, named)
    hydrated = len(PLACEHOLDER.sub("", text)) + sum(len(_shown(parameter)) for parameter in given)
    if hydrated > HYDRATED_LIMITS[place]:
        raise GraphError(132005, f"{place}: {hydrated} characters, {HYDRATED_LIMITS[place]} allowed")


def _check_text(place: str, parameter: Given) -> None:
    kind = parameter["type"]
    if kind not in TEXT_TYPES:
        raise GraphError(132012, f"{place}: expected text, received {kind.upper()}")
    if kind not in parameter or not _shown(parameter):
        raise GraphError(131008, f"{place}: a parameter of type {kind} has no {kind}")
    if UNPRINTABLE_IN_PARAMETER.search(_shown(parameter)):
        raise GraphError(132018, f"{place}: new line, tab or more than 4 consecutive spaces in a parameter")


def _check_names(place: str, expected: Sequence[str], given: Sequence[Given], named: bool) -> None:
    if not named:
        raise GraphError(132018, f"{place}: the template is positional, parameter_name is not allowed")
    if {parameter.get("parameter_name") for parameter in given} != set(expected):
        raise GraphError(132018, f"{place}: parameter_name must name each variable once")


def _shown(parameter: Given) -> str:
    value = parameter.get(parameter["type"], "")
    shown = value if isinstance(value, str) else value["fallback_value"]
    return str(shown)


def _check_header(defined: Given | None, given: Sequence[Given] | None, named: bool, check_file: FileCheck) -> None:
    if defined is None:
        if given is not None:
            raise GraphError(132018, "header: the template has none")
    elif defined["format"] in MEDIA_FORMATS:
        _check_media_header(defined["format"], given or [], check_file)
    else:
        _check_texts("header", defined.get("text", ""), given or [], named)


def _check_media_header(wanted: str, given: Sequence[Given], check_file: FileCheck) -> None:
    received = given[0]["type"].upper() if given else "UNKNOWN"
    if received != wanted or len(given) != 1:
        raise GraphError(132012, f"header: Format mismatch, expected {wanted}, received {received}")
    kind = wanted.lower()
    if kind not in given[0]:
        raise GraphError(131008, f"header: a parameter of type {kind} has no {kind}")
    if kind != "location":
        check_file(given[0][kind], kind)


def _check_buttons(defined: Sequence[Given], given: dict[Any, Any]) -> None:
    for index, button in enumerate(defined):
        kind = button["type"].lower()
        parameters = given.pop((index, kind), None)
        if kind == "url":
            _check_url_button(index, button["url"], parameters)
    if given:
        raise GraphError(132018, "a button component does not match the template's buttons")


def _check_url_button(index: int, url: str, parameters: Sequence[Given] | None) -> None:
    if not placeholders(url):
        if parameters is not None:
            raise GraphError(132018, f"button {index}: its URL has no variable")
        return
    if not parameters:
        raise GraphError(131008, f"button {index}: a URL button with a variable needs one parameter")
    if len(parameters) != 1 or parameters[0]["type"] != "text":
        raise GraphError(132018, f"button {index}: a URL button takes exactly one text parameter")
    _check_text(f"button {index}", parameters[0])
    if len(PLACEHOLDER.sub("", url)) + len(parameters[0]["text"]) > URL_LIMIT:
        raise GraphError(132018, f"button {index}: the whole URL is longer than {URL_LIMIT}")
