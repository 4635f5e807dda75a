"""Language codes as Meta, browsers and people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.languages import locale_of
from messaging.violations import Violation


@pytest.mark.parametrize(
    ("code", "locale"),
    [
        ("es", "es"),
        ("es_DO", "es_DO"),
        ("es-CO", "es_CO"),
        ("pt_BR", "pt_BR"),
        ("en_US", "en_US"),
        ("zh_CN", "zh_Hans_CN"),
        ("fil", "fil"),
        ("es_SPA", "es"),
        ("es-XX", "es"),
    ],
)
def test_a_language_code_finds_its_locale(code: str, locale: str) -> None:
    assert str(locale_of(code)) == locale


@pytest.mark.parametrize("code", ["", "xx", "Spanish please", "_", "e s", "../es", "es/../../x", "undefined"])
def test_an_unknown_language_is_refused_with_an_example(code: str) -> None:
    with pytest.raises(Violation, match="es_DO"):
        locale_of(code)


@given(st.text(max_size=20))
def test_any_text_is_a_locale_or_a_violation(code: str) -> None:
    with suppress(Violation):
        assert locale_of(code).language
