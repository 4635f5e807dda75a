"""The id of a request: kept when it is sane, made when it is not, each thread its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from observability import request_id


def test_a_sane_id_of_the_caller_is_kept() -> None:
    for given in ("a", "A-1_b.c", "x" * 64, "01a1fbe9-8c16-748f-8493-bb4c064a53df"):
        assert request_id.begin(given) == given
        assert request_id.current() == given


@pytest.mark.parametrize("given", ["", None, "x" * 65, "two\nlines", "a b", 'quote"', "ñ", "../x", "\x00"])
def test_anything_else_is_replaced_by_one_of_our_own(given: str | None) -> None:
    made = request_id.begin(given)
    assert made != given
    assert request_id.begin(made) == made


def test_every_id_of_our_own_is_another() -> None:
    assert len({request_id.begin() for _ in range(100)}) == 100


def test_each_thread_has_its_own() -> None:
    request_id.begin("outer")
    with ThreadPoolExecutor(1) as other:
        assert other.submit(request_id.current).result() == ""
        other.submit(request_id.begin, "inner").result()
    assert request_id.current() == "outer"
