"""Logins, tenants' short names and passwords: what is taken and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.people import canonical_login, check_password, check_slug
from messaging.violations import Violation


@pytest.mark.parametrize(
    ("given", "stored"),
    [("ana", "ana"), ("  Ana@Example.COM ", "ana@example.com"), ("a.b_c+d-e@f", "a.b_c+d-e@f"), ("7", "7")],
)
def test_a_login_is_stored_in_lower_case(given: str, stored: str) -> None:
    assert canonical_login(given) == stored


@pytest.mark.parametrize("given", ["", " ", ".ana", "ana.", "a b", "añа", "a/b", "a\0b", "x" * 255, "<ana>"])
def test_a_login_of_other_characters_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(Violation) as refused:
        canonical_login(given)
    assert len(given) < 3 or given not in refused.value.detail


@given(st.text())
def test_a_login_that_is_taken_stays_as_it_is(given: str) -> None:
    try:
        login = canonical_login(given)
    except Violation:
        return
    assert canonical_login(login) == login == login.lower()


@pytest.mark.parametrize("slug", ["", "A", "a_b", "-a", "a-", "x" * 64, "a b"])
def test_a_malformed_short_name_is_refused(slug: str) -> None:
    with pytest.raises(Violation):
        check_slug(slug)


@pytest.mark.parametrize(
    ("password", "login"),
    [("", "ana"), ("eleven char", "ana"), ("x" * 257, "ana"), ("Ana@Example.com", "ana@example.com")],
)
def test_a_weak_password_is_refused_and_not_repeated(password: str, login: str) -> None:
    with pytest.raises(Violation) as refused:
        check_password(password, login)
    assert not password or password not in refused.value.detail


@pytest.mark.parametrize("password", ["twelve chars", "contraseña larga", "x" * 256, "            "])
def test_length_alone_decides(password: str) -> None:
    assert check_password(password, "ana") == password
