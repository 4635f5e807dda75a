"""A browser as far as forms and cookies go."""

import re
import time
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from web.people.sessions import SINCE

VARIABLES = {"<token>": "pbi_x", "<kind>": "invoice", "<step>": "initial", "<session_id>": "shop"}
ANY_ID = "00000000-0000-7000-8000-000000000000"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def path_of(rule: Rule, given_id: str = ANY_ID) -> str:
    """Return an address that a route answers, with the same id at every place for one."""
    path = re.sub(r"<uuid:\w+>", given_id, rule.rule).replace("<path:filename>", "paperboy.css")
    for variable, value in VARIABLES.items():
        path = path.replace(variable, value)
    assert "<" not in path, path
    return path


class Browser:
    """Fills in forms: takes each page's token along."""

    def __init__(self, client: FlaskClient, address: str = "192.0.2.1", **options: Any) -> None:
        self.client = client
        self._options = {"environ_base": {"REMOTE_ADDR": address}, **options}

    def get(self, path: str, **options: Any) -> TestResponse:
        """Look at a page."""
        return self.client.get(path, **{**self._options, **options})

    def submit(self, path: str, *, form_at: str | None = None, **fields: str) -> TestResponse:
        """Fill in the form that the page `form_at` (default: the same path) shows, and send it to `path`."""
        found = TOKEN.search(self.get(form_at or path).text)
        assert found is not None, "the page has a form"
        return self.client.post(path, data={**fields, "csrf_token": found[1]}, **self._options)

    def log_in(self, login: str, password: str, **fields: str) -> TestResponse:
        """Log in."""
        return self.submit("/login", login=login, password=password, **fields)

    def enter(self, user_id: UUID) -> None:
        """Be logged in as who never changed the password, without the work of comparing it."""
        with self.client.session_transaction() as session:
            session.update({"_user_id": f"{user_id}.0", "_fresh": True, SINCE: int(time.time())})

    @property
    def is_logged_in(self) -> bool:
        """Whether a page of somebody's own is shown."""
        return self.get("/account").status_code == 200
