"""Consent: whole words only, the latest word counts in whatever order it comes, marketing and utility apart."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.consent import (
    CATEGORIES,
    START_WORDS,
    STOP_WORDS,
    Change,
    Consent,
    Words,
    change_of_preference,
    changes_of_word,
    fold,
    refusal,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

times = st.integers(min_value=0, max_value=5).map(lambda seconds: NOON + timedelta(seconds=seconds))
changes = st.builds(Change, st.sampled_from(CATEGORIES), st.sampled_from(["stop", "start"]), times)
change_lists = st.lists(changes, max_size=8)

SPANISH = Words(["es_DO", "en"])


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("STOP", "stop"),
        ("  stop!!  ", "stop"),
        ("*Stop*", "stop"),
        ("¡ALTO!", "stop"),
        ("Baja.", "stop"),
        ("ＳＴＯＰ", "stop"),  # full width, as some keyboards write
        ("stop 🛑", "stop"),
        ("dar  de\nbaja", "stop"),
        ("no enviar mas", "stop"),
        ("start", "start"),
        ("Alta", "start"),
        ("stop sending me the old invoices", None),
        ("¿cuándo es la baja de precio?", None),
        ("stopwatch", None),
        ("", None),
        (None, None),
        ("!!!", None),
        ("parar de pagar", None),
    ],
)
def test_only_a_whole_message_is_a_word(text: str | None, act: str | None) -> None:
    assert SPANISH.act_of(text) == act


def test_words_belong_to_a_language_and_a_tenant_may_add_its_own() -> None:
    assert Words(["es"]).act_of("abmelden") is None
    assert Words(["de"]).act_of("abmelden") == "stop"
    assert Words([], stop=["No más facturas"], start=["Sí, por favor"]).act_of("no mas facturas.") == "stop"
    assert Words([], start=["Sí, por favor"]).act_of("si por favor") == "start"


def test_a_word_of_both_lists_stops() -> None:
    assert Words([], stop=["x1"], start=["x1"]).act_of("X1") == "stop"


@pytest.mark.parametrize("table", [STOP_WORDS, START_WORDS])
def test_every_word_of_the_tables_is_understood_in_its_language(table: dict[str, tuple[str, ...]]) -> None:
    act = "stop" if table is STOP_WORDS else "start"
    for language, words in table.items():
        assert {Words([language]).act_of(word.upper()) for word in words} == {act}


def test_no_word_of_a_language_means_both() -> None:
    for language, words in STOP_WORDS.items():
        assert set(words).isdisjoint(START_WORDS[language])


@given(change_lists, st.data())
def test_the_order_and_repeats_of_changes_do_not_matter(given_changes: list[Change], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(given_changes + given_changes[:3]))
    assert fold(Consent(), shuffled) == fold(Consent(), given_changes)


@given(change_lists, change_lists)
def test_batches_come_to_the_same_as_all_at_once(first: list[Change], second: list[Change]) -> None:
    assert fold(fold(Consent(), first), second) == fold(Consent(), [*first, *second])


@given(change_lists)
def test_no_change_of_one_category_touches_the_other(given_changes: list[Change]) -> None:
    only = [change for change in given_changes if change.category == "marketing"]
    assert fold(Consent(), only).utility is None
    assert fold(Consent(), given_changes).marketing == fold(Consent(), only).marketing


def test_a_late_stop_of_yesterday_does_not_undo_the_start_of_today() -> None:
    started = fold(Consent(), changes_of_word("start", NOON))
    assert fold(started, changes_of_word("stop", NOON - timedelta(days=1))) == started


def test_of_one_time_the_stop_counts() -> None:
    both = [*changes_of_word("start", NOON), *changes_of_word("stop", NOON)]
    assert fold(Consent(), both).stopped_at("utility") == NOON


@pytest.mark.parametrize(("value", "act"), [("stop", "stop"), ("resume", "start"), ("signup", "start")])
def test_a_choice_made_in_whatsapp_is_about_marketing_alone(value: str, act: str) -> None:
    change = change_of_preference("marketing_messages", value, NOON)
    assert change == Change("marketing", act, NOON)  # type: ignore[arg-type]


@pytest.mark.parametrize(("category", "value"), [("marketing_messages", "maybe"), ("something_new", "stop")])
def test_a_choice_that_is_not_known_changes_nothing(category: str, value: str) -> None:
    assert change_of_preference(category, value, NOON) is None


STOPPED = fold(Consent(), changes_of_word("stop", NOON))
NO_MARKETING = fold(Consent(), [Change("marketing", "stop", NOON)])
LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("consent", "category", "last_wrote_at", "is_refused"),
    [
        (Consent(), "MARKETING", None, False),
        (Consent(), "UTILITY", None, False),
        (Consent(), None, NOON, False),
        (STOPPED, "MARKETING", LATER, True),
        (STOPPED, "UTILITY", LATER, True),
        (STOPPED, "utility", None, True),
        (STOPPED, "AUTHENTICATION", None, False),
        (STOPPED, "SOMETHING_NEW", None, True),
        (STOPPED, None, None, True),
        (STOPPED, None, NOON - timedelta(hours=1), True),
        (STOPPED, None, LATER, False),  # whoever writes again wants an answer
        (NO_MARKETING, "MARKETING", LATER, True),
        (NO_MARKETING, "UTILITY", None, False),
        (NO_MARKETING, None, None, False),
    ],
)
def test_every_send_asks(
    consent: Consent, category: str | None, last_wrote_at: datetime | None, is_refused: bool
) -> None:
    assert (refusal(consent, category, last_wrote_at) is not None) is is_refused
