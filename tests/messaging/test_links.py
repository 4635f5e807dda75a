"""Links to customers, and the suffix of a URL button."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.links import LONGEST_LINK, button_suffix, check_https, check_suffix
from messaging.violations import Violation

BUTTON = "https://pay.example.com/i/{{1}}"


@pytest.mark.parametrize(
    "url",
    [
        "https://pay.example.com/i/42",
        "https://pay.example.com:8443/i/42?token=a%20b#top",
        "HTTPS://Pay.Example.com",
        "https://example.com/factura/a\u00f1o",
        "https://[2001:db8::1]/i",
        "https://x.test/" + "a" * (LONGEST_LINK - len("https://x.test/")),
    ],
)
def test_an_https_link_passes_unchanged(url: str) -> None:
    assert check_https(url) == url


@pytest.mark.parametrize(
    ("url", "part_of_the_answer"),
    [
        ("", "https://"),
        ("undefined", "https://"),
        ("pay.example.com/i/42", "https://"),
        ("//pay.example.com/i/42", "https://"),
        ("http://pay.example.com/i/42", "https://"),
        ("http://localhost/i/42", "https://"),
        ("javascript:alert(1)", "https://"),
        ("https://", "host"),
        ("https:///i/42", "host"),
        ("https://user:secret@pay.example.com/", "user name or password"),
        ("https://user@pay.example.com/", "user name or password"),
        ("https://@pay.example.com/", "user name or password"),
        ("https://pay.example.com/i 42", "percent-encoded"),
        ("https://pay.example.com/i\n42", "percent-encoded"),
        ("https://pay.example.com/{{1}}", "percent-encoded"),
        ("https://pay.example.com\\@evil.test/", "percent-encoded"),
        ("https://pay.example.com:99999/", "cannot be read|can be read"),
        ("https://[::1/", "can be read"),
        ("https://x.test/" + "a" * LONGEST_LINK, "at most 2000"),
    ],
)
def test_what_must_not_be_sent_is_refused(url: str, part_of_the_answer: str) -> None:
    with pytest.raises(Violation) as refused:
        check_https(url)
    assert re.search(part_of_the_answer, refused.value.detail)
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize("url", ["http://localhost:8000/i/42", "http://127.0.0.1/i/42"])
def test_plain_http_to_this_machine_passes_in_development_only(url: str) -> None:
    assert check_https(url, allow_local=True) == url
    with pytest.raises(Violation):
        check_https(url)


@pytest.mark.parametrize(
    "url",
    ["http://192.168.0.5/", "http://localhost.evil.test/", "http://127.0.0.1.nip.test/", "ftp://localhost/"],
)
def test_development_lets_no_other_plain_http_through(url: str) -> None:
    with pytest.raises(Violation):
        check_https(url, allow_local=True)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_link_or_a_violation(text: str, allow_local: bool) -> None:
    for url in (text, f"https://{text}", f"https://x.test/{text}"):
        with suppress(Violation):
            assert check_https(url, allow_local=allow_local) == url


@pytest.mark.parametrize(
    ("link", "registered", "suffix"),
    [
        ("https://pay.example.com/i/42", BUTTON, "42"),
        ("https://pay.example.com/i/42?t=a&u=b#c", BUTTON, "42?t=a&u=b#c"),
        ("https://PAY.example.com/i/42", BUTTON, "42"),
        ("https://pay.example.com/i/42", "https://Pay.Example.com/i/{{1}}", "42"),
        ("https://pay.example.com/i/a%20b", BUTTON, "a%20b"),
        ("https://pay.example.com/i/100%", BUTTON, "100%25"),
        ("https://pay.example.com/i/a\u00f1o", BUTTON, "a%C3%B1o"),
        ("https://pay.example.com/i?id=7", "https://pay.example.com/i?id={{1}}", "7"),
        ("https://pay.example.com/x", "https://pay.example.com{{1}}", "/x"),
    ],
)
def test_the_suffix_is_what_follows_the_registered_prefix(link: str, registered: str, suffix: str) -> None:
    assert button_suffix(link, registered) == suffix


@pytest.mark.parametrize(
    ("link", "registered", "part_of_the_answer"),
    [
        ("https://other.example.com/i/42", BUTTON, "https://pay.example.com/i/,"),
        ("http://pay.example.com/i/42", BUTTON, "https://pay.example.com/i/,"),
        ("https://pay.example.com/I/42", BUTTON, "must begin with"),
        ("https://pay.example.com.evil.test/x", "https://pay.example.com{{1}}", "must begin with"),
        ("https://pay.example.com/i/", BUTTON, "nothing is left"),
        ("https://pay.example.com/i/42", "https://pay.example.com/i/", "not registered"),
        ("https://pay.example.com/i/42", "https://pay.example.com/{{1}}/x", "not registered"),
        ("https://pay.example.com/i/" + "\u00f1" * 400, BUTTON, "longer than 2000"),
    ],
)
def test_a_link_that_the_button_cannot_open_is_refused(link: str, registered: str, part_of_the_answer: str) -> None:
    with pytest.raises(Violation) as refused:
        button_suffix(link, registered)
    assert part_of_the_answer in refused.value.detail


@given(st.text(min_size=1, max_size=80))
def test_every_suffix_made_from_a_sound_link_may_be_appended(rest: str) -> None:
    try:
        link = check_https(f"https://pay.example.com/i/{rest}")
    except Violation:
        return
    suffix = button_suffix(link, BUTTON)
    assert check_suffix(suffix) == suffix
    assert suffix.isascii()


@pytest.mark.parametrize("suffix", ["", "a b", "a\u00f1o", "100%", "a%2", "a{b}", "<x>", 'a"b', "a\\b", "a\nb"])
def test_a_suffix_that_meta_would_insert_raw_is_refused(suffix: str) -> None:
    with pytest.raises(Violation, match="suffix"):
        check_suffix(suffix)
