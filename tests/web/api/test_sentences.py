"""A refused value is told of in words of ours, which say what to do."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tests.web.api.world import Caller
from web.api.sentences import SENTENCES, sentence


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Literal["text"] = "text"
    text: str = ""


class Picture(BaseModel):
    kind: Literal["picture"]


@pytest.mark.parametrize(
    ("annotation", "given", "said"),
    [
        (Text, '{"txt": ""}', "there is no field of this name; correct the name or leave it out"),
        (Text, '{"text": 1}', "this must be a text in quotes"),
        (Text, "[]", "this must be a JSON object"),
        (Picture, "{}", "this is missing; send it"),
        (Annotated[str, Field(min_length=2)], '"a"', "too short; the least number of characters is 2"),
        (Annotated[str, Field(max_length=2)], '"abc"', "too long; the greatest number of characters is 2"),
        (Annotated[list[int], Field(min_length=1)], "[]", "too few; the least number of items is 1"),
        (Annotated[list[int], Field(max_length=1)], "[1, 2]", "too many; the greatest number of items is 1"),
        (Annotated[int, Field(ge=1)], "0", "this must be 1 or more"),
        (Annotated[int, Field(le=9)], "10", "this must be 9 or less"),
        (int, '"many"', "this must be a whole number"),
        (Decimal, '"much"', 'this must be a decimal number in quotes, like "1500.00"'),
        (AwareDatetime, '"2026-11-30T09:00:00"', "this time has no offset; write one, like 2026-11-30T09:00:00-04:00"),
        (UUID, '"1"', "this must be an id as the API gave it"),
        (Literal["a", "b"], '"c"', "this must be one of: 'a' or 'b'"),
        (
            Annotated[Text | Picture, Field(discriminator="kind")],
            '{"kind": "x"}',
            "this must be one of: 'text', 'picture'",
        ),
        (
            Annotated[Text | Picture, Field(discriminator="kind")],
            "{}",
            "this does not tell its kind; send the field 'kind'",
        ),
    ],
)
def test_what_is_refused_is_told_with_what_to_do(annotation: Any, given: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(annotation).validate_json(given)
    error = refused.value.errors()[0]
    assert sentence(error["type"], error.get("ctx", {}), error["msg"]) == said


def test_what_has_no_words_of_ours_keeps_its_own() -> None:
    assert "callable_type" not in SENTENCES
    assert sentence("callable_type", {}, "Input should be {callable}") == "Input should be {callable}"


def test_an_answer_says_what_to_do(caller: Caller) -> None:
    answer = caller.post("/v1/messages", {"to": "+18095550123", "kind": "text", "colour": "red"})
    assert answer.status_code == 422
    said = {fault["pointer"]: fault["detail"] for fault in answer.json["errors"]}
    assert said["/colour"] == "There is no field of this name; correct the name or leave it out."
