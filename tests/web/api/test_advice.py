"""What people are told to do fits what happened."""

import pytest

from messaging.retry import NOT_SENDABLE
from web.api.advice import EXHAUSTED, NOBODY_KNOWS, REBUILD, SETTLED, TRIED_AGAIN, advice
from whatsapp.errors import classify

OVERLOADED, NEW_TOKEN_NEEDED = 130429, 190


@pytest.mark.parametrize(
    ("title", "state", "told"),
    [
        ("No clear answer from Meta: connection_lost", "unknown", NOBODY_KNOWS),
        ("No clear answer from Meta: connection_lost", "settled", SETTLED),
        ("Meta could not be reached: refused", "queued", TRIED_AGAIN),
        ("Meta could not be reached: refused", "retry", TRIED_AGAIN),
        ("Meta could not be reached: refused", "failed", EXHAUSTED),
        (NOT_SENDABLE, "failed", REBUILD),
    ],
)
def test_nobody_is_said_to_have_refused_what_nobody_answered(title: str, state: str, told: str) -> None:
    assert advice(None, title, state) == told


def test_who_waits_for_meta_is_told_to_wait_until_nothing_more_happens() -> None:
    assert advice(OVERLOADED, None, "queued") == classify(OVERLOADED).advice
    assert advice(OVERLOADED, None, "failed") == EXHAUSTED
    assert advice(NEW_TOKEN_NEEDED, None, "failed") == classify(NEW_TOKEN_NEEDED).advice
