"""Ids sort by the time they were made, and any time is a bound for them."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from db.ids import first_id_at, new_id

FAR_WEST = timezone(-timedelta(hours=12))


def test_a_new_id_is_above_the_bound_of_a_moment_before_and_below_that_of_one_after() -> None:
    now = datetime.now(UTC)
    assert first_id_at(now - timedelta(seconds=1)) < new_id() < first_id_at(now + timedelta(seconds=1))


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])
def test_before_there_were_ids_the_bound_is_the_smallest(moment: datetime) -> None:
    assert first_id_at(moment) == UUID(int=0)


def test_the_last_moment_there_is_has_a_bound_too() -> None:
    assert first_id_at(datetime(9999, 12, 31, 23, 59, 59, tzinfo=FAR_WEST)) > new_id()
