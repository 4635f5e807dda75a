"""Files that messages name."""

from typing import Any

import pytest

from tests.whatsapp.payloads import message_of
from whatsapp.media_references import (
    MEDIA_TYPES,
    SEND_LIMITS,
    SEND_MIME_TYPES,
    MediaReference,
    media_reference,
    type_for,
)


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_a_message_with_a_file_names_it(kind: str) -> None:
    file = {"id": "7", "mime_type": "x/y", "sha256": "KUwA", "url": "https://lookaside.example/1"}
    expected = MediaReference(type=kind, media_id="7", mime_type="x/y", sha256="KUwA", filename=None)
    assert media_reference(message_of(kind, **{kind: file})) == expected


def test_an_edit_may_bring_a_file() -> None:
    edited = {"type": "image", "image": {"id": "8"}}
    found = media_reference(message_of("edit", edit={"original_message_id": "w", "message": edited}))
    assert found is not None
    assert (found.type, found.media_id) == ("image", "8")


@pytest.mark.parametrize(
    "message",
    [
        message_of("text"),
        message_of("image"),
        message_of("image", image={"id": 7}),
        message_of("image", image=None, errors=[{"code": 131052}]),
        message_of("edit"),
        {"type": ["image"]},
    ],
)
def test_a_message_without_a_file_names_none(message: dict[str, Any]) -> None:
    assert media_reference(message) is None


def test_a_file_name_is_no_part_of_a_repr() -> None:
    assert "salary" not in repr(MediaReference("document", "7", None, None, "salary.pdf"))


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [("image/png", "image"), ("audio/ogg; codecs=opus", "audio"), ("Application/PDF", "document"), ("text/html", None)],
)
def test_a_kind_of_file_goes_out_in_the_type_that_may_carry_it(mime_type: str, kind: str | None) -> None:
    assert type_for(mime_type) == kind


def test_every_type_has_its_limit_and_its_kinds_of_files() -> None:
    assert set(SEND_LIMITS) == set(SEND_MIME_TYPES) == set(MEDIA_TYPES)
