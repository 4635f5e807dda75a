"""A lost session is told once, and so is its return; what somebody asked for is no news."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.outages import DOWN, NEWS, told_after
from gateways.state_machine import SessionState as S

Life = list[tuple[S, bool]]


def news(life: Life) -> list[str]:
    told, heard = None, []
    for state, by_us in life:
        after = told_after(told, state, by_us=by_us)
        heard.append(NEWS.get((told, after)))
        told = after
    return [one.removeprefix("session.") for one in heard if one]


@pytest.mark.parametrize(
    ("life", "told"),
    [
        ("session_connected session_not_connected", ["disconnected"]),
        ("session_connected session_not_connected error auth_failure", ["disconnected"]),
        ("session_connected connecting loading session_not_connected", ["disconnected"]),
        ("session_connected session_not_connected connecting session_connected", ["disconnected", "connected"]),
        ("session_connected connecting session_connected", []),
        ("qr_generated auth_failure error", []),
        ("initial qr_generated session_connected", []),
        ("session_connected stopped", ["disconnected"]),
        ("session_connected stopped! session_not_connected", []),
        ("session_connected stopped! connecting! session_connected", []),
    ],
)
def test_a_life_is_told(life: str, told: list[str]) -> None:
    """S3.48. "!": a person here asked for it."""
    assert news([(S(word.rstrip("!")), word.endswith("!")) for word in life.split()]) == told


@given(st.lists(st.tuples(st.sampled_from(S), st.booleans())))
def test_a_return_is_told_after_a_loss_alone(life: Life) -> None:
    told = news(life)
    assert told[:1] != ["connected"]
    assert ("connected", "connected") not in pairwise(told)


def test_every_state_is_up_down_or_on_the_way() -> None:
    assert S.SESSION_CONNECTED not in DOWN
    assert {S.CONNECTING, S.LOADING, S.AUTHENTICATED, S.QR_GENERATED, S.INITIAL} == set(S) - DOWN - {
        S.SESSION_CONNECTED
    }
