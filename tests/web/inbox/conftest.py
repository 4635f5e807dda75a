"""A tenant with customers, a person of it who is logged in, and another tenant."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.web.api.requests import PHONE
from tests.web.api.world import Business, add_business, rows
from tests.web.pages.conftest import (  # noqa: F401 - fixtures
    make_pages,
    pages,
    password_hash,
    settings,
    stranger,
)
from tests.web.people.browser import Browser
from tests.web.people.conftest import Person, add_person


@pytest.fixture
def business(engine: Engine) -> Business:
    with engine.begin() as connection:
        return add_business(connection, "default")


@pytest.fixture
def ana(engine: Engine, business: Business, password_hash: str) -> Person:  # noqa: F811
    return add_person(engine, business.tenant_id, "ana", "operator", password_hash)


@pytest.fixture
def inbox(pages: Flask, ana: Person) -> Browser:  # noqa: F811
    """Ana's browser, logged in."""
    browser = Browser(pages.test_client())
    browser.enter(ana.id)
    return browser


def thread_of(engine: Engine, business: Business, phone: str = PHONE) -> UUID:
    """The conversation with a customer."""
    query = """
        SELECT v.id FROM conversations v JOIN contacts c ON c.id = v.contact_id
        WHERE c.phone = :phone AND v.tenant_id = :tenant
    """
    [row] = rows(engine, query, phone=phone, tenant=business.tenant_id)
    found: UUID = row.id
    return found


@pytest.fixture
def thread(engine: Engine, business: Business) -> UUID:
    return thread_of(engine, business)
