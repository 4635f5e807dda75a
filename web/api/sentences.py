"""What is wrong with a value and what to do, for every way in which Pydantic refuses one."""

from collections.abc import Mapping
from typing import Any, Final

SENTENCES: Final[Mapping[str, str]] = {
    "missing": "this is missing; send it",
    "extra_forbidden": "there is no field of this name; correct the name or leave it out",
    "value_error": "{error}",
    "json_type": "this must be JSON",
    "model_type": "this must be a JSON object",
    "model_attributes_type": "this must be a JSON object",
    "dict_type": "this must be a JSON object",
    "list_type": "this must be a list",
    "string_type": "this must be a text in quotes",
    "string_unicode": "this must be valid UTF-8",
    "string_too_short": "too short; the least number of characters is {min_length}",
    "string_too_long": "too long; the greatest number of characters is {max_length}",
    "string_pattern_mismatch": "this does not have the form {pattern}",
    "too_short": "too few; the least number of items is {min_length}",
    "too_long": "too many; the greatest number of items is {max_length}",
    "literal_error": "this must be one of: {expected}",
    "enum": "this must be one of: {expected}",
    "none_required": "this must be null or left out",
    "bool_type": "this must be true or false",
    "bool_parsing": "this must be true or false",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_parsing_size": "this number is too large",
    "int_from_float": "this must be a whole number",
    "float_type": "this must be a number",
    "float_parsing": "this must be a number",
    "finite_number": "this must be a finite number",
    "greater_than": "this must be more than {gt}",
    "greater_than_equal": "this must be {ge} or more",
    "less_than": "this must be less than {lt}",
    "less_than_equal": "this must be {le} or less",
    "decimal_type": 'this must be a decimal number in quotes, like "1500.00"',
    "decimal_parsing": 'this must be a decimal number in quotes, like "1500.00"',
    "date_type": "this must be a date like 2026-11-30",
    "date_parsing": "this must be a date like 2026-11-30",
    "date_from_datetime_parsing": "this must be a date like 2026-11-30",
    "date_from_datetime_inexact": "this must be a date without a time, like 2026-11-30",
    "datetime_type": "this must be a time with its offset, like 2026-11-30T09:00:00-04:00",
    "datetime_parsing": "this must be a time with its offset, like 2026-11-30T09:00:00-04:00",
    "datetime_from_date_parsing": "this must be a time with its offset, like 2026-11-30T09:00:00-04:00",
    "datetime_object_invalid": "this must be a time with its offset, like 2026-11-30T09:00:00-04:00",
    "timezone_aware": "this time has no offset; write one, like 2026-11-30T09:00:00-04:00",
    "uuid_type": "this must be an id as the API gave it",
    "uuid_parsing": "this must be an id as the API gave it",
    "union_tag_invalid": "this must be one of: {expected_tags}",
    "union_tag_not_found": "this does not tell its kind; send the field {discriminator}",
    "recursion_loop": "this is nested too deeply",
}
"""By Pydantic's type of error (Pydantic: Validation Errors); what a type tells of is put in by name."""


def sentence(kind: str, context: Mapping[str, Any], otherwise: str) -> str:
    """Return what is wrong and what to do.

    Args:
        kind: Pydantic's type of error.
        context: what belongs to it.
        otherwise: Pydantic's own words, for a type that has none here.
    """
    said = SENTENCES.get(kind)
    return otherwise if said is None else said.format_map(context)
