"""Business hours by the clock on the wall, over midnight and over the change of the clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.business_hours import parse_business_hours
from messaging.violations import Violation

OFFICE = parse_business_hours("America/Santo_Domingo", {"saturday": [["09:00", "12:00"], ["14:00", "18:00"]]})
NIGHT = parse_business_hours("America/Santo_Domingo", {"saturday": [["22:00", "02:00"]]})

SATURDAY = datetime(2026, 11, 21, 4, tzinfo=UTC)
"""Midnight in Santo Domingo, four hours behind."""


@pytest.mark.parametrize(
    ("hours_after_midnight", "is_open"), [(8.99, False), (9, True), (11.99, True), (12, False), (14, True), (18, False)]
)
def test_an_interval_holds_its_start_and_not_its_end(hours_after_midnight: float, is_open: bool) -> None:
    assert OFFICE.contain(SATURDAY + timedelta(hours=hours_after_midnight)) is is_open


@pytest.mark.parametrize(
    ("hours_after_midnight", "is_open"), [(1, False), (21, False), (22, True), (25, True), (26, False)]
)
def test_an_interval_may_reach_into_the_next_day(hours_after_midnight: float, is_open: bool) -> None:
    assert NIGHT.contain(SATURDAY + timedelta(hours=hours_after_midnight)) is is_open


def test_the_clock_on_the_wall_counts_when_clocks_change() -> None:
    office = parse_business_hours("Europe/Madrid", {"monday": [["09:00", "10:00"]]})
    assert office.contain(datetime(2026, 7, 6, 7, 30, tzinfo=UTC))
    assert office.contain(datetime(2026, 12, 7, 8, 30, tzinfo=UTC))
    assert not office.contain(datetime(2026, 12, 7, 7, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "days", "at"),
    [
        ("Mars/Olympus", {}, "zone"),
        ("../../etc/passwd", {}, "zone"),
        ("UTC", {"lunes": []}, "days"),
        ("UTC", {"monday": [["9", "noon"]]}, "days/monday/0"),
        ("UTC", {"monday": [["09:00", "10:00"], ["11:00"]]}, "days/monday/1"),
        ("UTC", {"monday": [["09:00+01:00", "10:00"]]}, "days/monday/0"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(zone: str, days: dict[str, list[list[str]]], at: str) -> None:
    with pytest.raises(Violation) as refused:
        parse_business_hours(zone, days)
    assert refused.value.at == at
