"""The pages' people, and a second tenant."""

import pytest
from sqlalchemy import Engine

from tests.web.api.world import Business, add_business
from tests.web.people.browser import Browser
from tests.web.people.conftest import (  # noqa: F401 - fixtures
    PASSWORD,
    Person,
    add_person,
    ana,
    browser,
    client,
    make_pages,
    pages,
    password_hash,
    settings,
    tenant_id,
)


@pytest.fixture
def owner(browser: Browser, ana: Person) -> Browser:  # noqa: F811
    """Ana's browser, logged in."""
    browser.enter(ana.id)
    return browser


@pytest.fixture
def stranger(engine: Engine) -> Business:
    """Another tenant with a number, templates and a key."""
    with engine.begin() as connection:
        return add_business(connection, "stranger")


@pytest.fixture
def eve(engine: Engine, stranger: Business, password_hash: str) -> Person:  # noqa: F811
    """A person of the other tenant."""
    return add_person(engine, stranger.tenant_id, "evelina", "owner", password_hash)
