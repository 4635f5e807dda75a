"""What a file is: its bytes decide, and nothing of a stranger's runs in a browser."""

import pytest

from messaging.file_types import SHOWN_INLINE, UNKNOWN, bare, served_type
from simulator.sample_files import SAMPLES

PAGE = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("kind", SAMPLES)
def test_honest_files_are_what_they_say(kind: str) -> None:
    sample = SAMPLES[kind]
    assert served_type(sample.content, sample.shown_mime_type) == sample.mime_type
    assert sample.mime_type in SHOWN_INLINE


@pytest.mark.parametrize("told", ["image/png", "application/pdf", None, "text/plain"])
@pytest.mark.parametrize("head", [PAGE, SVG, b"MZ\x90\x00", b"\x00\x01\x02random"])
def test_whatever_a_sender_says_what_could_run_is_saved_and_never_shown(head: bytes, told: str | None) -> None:
    assert served_type(head, told) not in SHOWN_INLINE


def test_of_one_container_the_sender_tells_sound_from_picture() -> None:
    video = SAMPLES["video"].content
    assert served_type(video, "audio/mp4") == "audio/mp4"
    assert served_type(video, "video/3gpp") == "video/3gpp"


def test_text_is_text_only_when_it_is_one_and_says_so() -> None:
    assert served_type("Año nuevo".encode(), "text/plain; charset=utf-8") == "text/plain"
    assert served_type("Año nuevo".encode(), None) == UNKNOWN
    assert served_type(b"\x00\x01\x02\x03" * 10, "text/plain") == UNKNOWN
    assert served_type(b"", "text/plain") == "text/plain"


def test_a_type_is_compared_without_its_parameters() -> None:
    assert bare(" Audio/OGG; codecs=opus") == "audio/ogg"
    assert bare(None) == ""
