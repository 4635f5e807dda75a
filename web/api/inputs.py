"""Reading input with Pydantic: strict JSON, and faults as JSON pointers."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from apiflask.schema_adapters.pydantic import PydanticAdapter
from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from messaging.violations import Violation
from web.api.problems import Fault, Problem, invalid
from web.api.sentences import sentence

UNION_TAG = "\0"
"""Tags of union members begin with it, so that they can be told from the keys of a body."""

NUL: Final = "\0"
NUL_IN_JSON: Final = b"\\u0000"
"""JSON has no other way to write it."""


class ProblemAdapter(PydanticAdapter):
    """APIFlask's way to Pydantic, with our errors."""

    def validate_input(self, request: Request, location: str, **_: Any) -> BaseModel:
        """Return the model of a request's JSON body or query.

        Raises:
            Problem: 400, 415 or 422.
        """
        if location == "query":
            given = request.args.to_dict()
            _refuse_nul(given)
            return self._validated(given, is_json=False)
        if not _is_json(request):
            raise Problem(415, detail="The body must be JSON, with Content-Type: application/json.")
        body = request.get_data()
        if NUL_IN_JSON in body:
            _refuse_nul(_parsed(body))
        return self._validated(body, is_json=True)

    def _validated(self, given: Any, *, is_json: bool) -> BaseModel:
        model: type[BaseModel] = self.model_class
        try:
            return model.model_validate_json(given) if is_json else model.model_validate(given)
        except ValidationError as error:
            raise _problem(error.errors(include_url=False, include_input=False)) from None


def pointer_of(location: Iterable[str | int]) -> str:
    """Return the RFC 6901 pointer of a path into a JSON document."""
    return "".join(f"/{_token(part)}" for part in location if not str(part).startswith(UNION_TAG))


def below(pointer: str, violation: Violation) -> Fault:
    """Return the fault of a violation found in the value at `pointer`."""
    return Fault(f"{pointer}/{violation.at}" if violation.at else pointer, violation.detail)


def _parsed(body: bytes) -> Any:
    """A body that is not JSON holds nothing to look at: validation says so."""
    try:
        return from_json(body)
    except ValueError:
        return None


def _refuse_nul(given: Any) -> None:
    """Postgres stores no NUL, in a name as little as in a text."""
    faults = [Fault(pointer, "the text has a NUL character; remove it") for pointer in _places_of_nul(given)]
    if faults:
        raise invalid(*faults)


def _places_of_nul(given: Any) -> Iterator[str]:
    """Yield the pointers, without recursion: a body may be nested deeper than Python's stack."""
    left: list[tuple[str, Any]] = [("", given)]
    while left:
        pointer, value = left.pop()
        if isinstance(value, str) and NUL in value:
            yield pointer
        elif isinstance(value, list | dict):
            members = value.items() if isinstance(value, dict) else enumerate(value)
            for name, member in members:
                place = f"{pointer}/{_token(name)}"
                if NUL in str(name):
                    yield place
                left.append((place, member))


def _token(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _is_json(request: Request) -> bool:
    return request.mimetype == "application/json" or request.mimetype.endswith("+json")


def _problem(errors: list[ErrorDetails]) -> Problem:
    if errors[0]["type"] == "json_invalid":
        return Problem(400, "invalid_json", "The body is not JSON.")
    return invalid(*(_fault(error) for error in errors))


def _fault(error: ErrorDetails) -> Fault:
    pointer = pointer_of(error["loc"])
    context = error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Violation):
        return below(pointer, cause)
    return Fault(pointer, sentence(error["type"], context, error["msg"]))
