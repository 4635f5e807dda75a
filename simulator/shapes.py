"""Shapes of JSON objects as data, checked the way Graph does: error 100 that names the parameter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from simulator.errors import GraphError

JSON_NAMES: Final = {
    str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", list: "array",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: its type, whether it is required, its length, its values, or the shape inside."""

    type: type
    required: bool = False
    most: int | None = None
    least: int = 0
    one_of: frozenset[str] | None = None
    shape: "Shape | None" = None


Shape: TypeAlias = Mapping[str, Field]


def text(most: int | None = None, *, required: bool = False) -> Field:
    """A string of at most `most` characters; not empty if required."""
    return Field(str, required, most, least=1 if required else 0)


def choice(*values: str, required: bool = False) -> Field:
    """One of some strings."""
    return Field(str, required, one_of=frozenset(values))


def inside(shape: Shape, *, required: bool = False) -> Field:
    """An object with a shape of its own."""
    return Field(dict, required, shape=shape)


def array(shape: Shape | None = None, *, required: bool = False, most: int | None = None) -> Field:
    """An array of objects of one shape; not empty if required."""
    return Field(list, required, most, least=1 if required else 0, shape=shape)


def check(value: Mapping[str, Any], shape: Shape, path: str = "") -> None:
    """Raise GraphError 100 for a missing, unknown, mistyped, too long or not listed parameter of `value`."""
    for key in value:
        if key not in shape:
            raise GraphError(100, message=f'Unexpected key "{key}" on param {path or "of the request"}')
    for key, field in shape.items():
        name = f"{path}['{key}']" if path else key
        if key in value:
            _check_field(value[key], field, name)
        elif field.required:
            raise GraphError(100, message=f"The parameter {name} is required")


def _check_field(value: Any, field: Field, name: str) -> None:
    if not _has_type(value, field.type):
        raise GraphError(100, message=f"Param {name} must be a JSON {JSON_NAMES[field.type]}")
    if field.most is not None and len(value) > field.most:
        raise GraphError(100, message=f"Param {name} must have a length of at most {field.most}")
    if field.least and len(value) < field.least:
        raise GraphError(100, message=f"The parameter {name} is required")
    if field.one_of is not None and value not in field.one_of:
        raise GraphError(100, message=f"Param {name} must be one of {{{', '.join(sorted(field.one_of))}}}")
    if field.shape is not None:
        _check_inside(value, field.shape, name)


def _check_inside(value: Any, shape: Shape, name: str) -> None:
    if isinstance(value, dict):
        check(value, shape, name)
        return
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise GraphError(100, message=f"Param {name}[{index}] must be a JSON object")
        check(item, shape, f"{name}[{index}]")


def _has_type(value: Any, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, wanted)
