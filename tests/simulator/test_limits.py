"""Throughput of a number and the rate of a pair."""

import pytest

from simulator import defaults
from simulator.errors import GraphError
from simulator.limits import Limits
from simulator.settings import Settings
from tests.simulator.meta import CUSTOMER, Meta, template_message


def outcomes(moments: list[float], settings: Settings, user: str = CUSTOMER) -> list[int | None]:
    """The code of each send at its moment, None if it is admitted."""
    limits = Limits()
    return [outcome(limits, settings, moment, user) for moment in moments]


def outcome(limits: Limits, settings: Settings, moment: float, user: str = CUSTOMER) -> int | None:
    try:
        limits.admit(settings, "1", user, moment)
    except GraphError as error:
        return error.code
    return None


ONLY_PAIRS = Settings(throughput_mps=0)
ONLY_THROUGHPUT = Settings(pair_interval_ms=0)


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([0, 6, 12, 18, 24], [None] * 5),
        ([0] * 45 + [0], [None] * 45 + [131056]),
        ([0] * 20 + [7, 119.9, 120], [None] * 20 + [131056, 131056, None]),
        ([0, 1, 7, 12], [None, None, 131056, None]),
    ],
    ids=["one every six seconds", "burst of 45", "20 cost two minutes", "a burst of two costs twelve seconds"],
)
def test_a_pair_borrows_from_its_future(moments: list[float], expected: list[int | None]) -> None:
    assert outcomes(moments, ONLY_PAIRS) == expected


def test_a_number_moves_its_messages_per_second_and_refills() -> None:
    assert outcomes([0] * 81 + [0.5] * 41, ONLY_THROUGHPUT) == [None] * 80 + [130429] + [None] * 40 + [130429]


def test_what_customers_write_uses_throughput_too() -> None:
    limits = Limits()
    for _ in range(80):
        limits.count_inbound(ONLY_THROUGHPUT, "1", 0)
    assert outcome(limits, ONLY_THROUGHPUT, 0) == 130429


def test_limits_can_be_switched_off() -> None:
    assert set(outcomes([0] * 500, Settings(throughput_mps=0, pair_interval_ms=0))) == {None}


def test_too_many_to_one_recipient_leave_the_others_alone(meta: Meta) -> None:
    meta.control("settings", pair_burst=2)
    answers = [meta.post_message(template_message()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert answers[2].json()["error"]["code"] == 131056
    assert meta.post_message(template_message(to="+18095550177")).status_code == 200
    assert len(meta.look("sends")) == 3


def test_too_many_from_one_number_leave_the_other_alone(meta: Meta) -> None:
    meta.control("settings", throughput_mps=0.01, pair_interval_ms=0)
    answers = [meta.post_message(template_message()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"]["code"] == 130429
    assert meta.post_message(template_message(), number=defaults.SECOND_PHONE_NUMBER_ID).status_code == 200
    assert meta.look("stats")["refusals"] == {"130429": 1}
