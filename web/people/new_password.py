"""A new password, typed twice."""

from collections.abc import Mapping

from messaging.people import check_password
from messaging.violations import Violation
from web.people import messages


class RefusedError(Exception):
    """What was typed cannot be taken; `errors` tells by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read(form: Mapping[str, str], login: str) -> str:
    """Return the new password of a form with the fields `password` and `password_again`.

    Raises:
        RefusedError: it breaks a rule, or the two differ.
    """
    password = form.get("password", "")
    try:
        check_password(password, login)
    except Violation as violation:
        raise RefusedError({"password": violation.detail}) from None
    if form.get("password_again", "") != password:
        raise RefusedError({"password_again": messages.PASSWORDS_DIFFER})
    return password
