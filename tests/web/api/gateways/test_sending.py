"""Messages are sent through the session that is named."""

from typing import Any

from sqlalchemy import Engine, text

from tests.web.api.gateways.world import Caller, register
from tests.web.api.requests import TEXT
from tests.web.api.world import Business, add_business


def test_a_text_goes_through_the_session_that_is_named(admin: Caller, engine: Engine) -> None:
    channel_id = register(admin).json["id"]
    answer = admin("POST", "/v1/messages", {"to": "+18095550123", "text": {"body": "Hola"}, "channel_id": channel_id})
    assert answer.status_code == 202
    with engine.connect() as connection:
        assert str(connection.execute(text("SELECT channel_id FROM messages")).scalar_one()) == channel_id


def test_a_template_through_a_session_is_refused_before_anything_is_stored(admin: Caller, engine: Engine) -> None:
    channel_id = register(admin).json["id"]
    template = {"name": "hello_world", "language": "es"}
    answer = admin("POST", "/v1/messages", {"to": "+18095550123", "template": template, "channel_id": channel_id})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/template/name")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM messages")).scalar_one() == 0


def test_anothers_channel_cannot_be_named(app: Any, engine: Engine, admin: Caller) -> None:
    with engine.begin() as connection:
        other = add_business(connection, "other")
    body = {"to": "+18095550123", "text": {"body": "Hola"}, "channel_id": str(other.channel_id)}
    answer = admin("POST", "/v1/messages", body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/channel_id")


def test_the_cloud_api_stays_the_channel_that_is_sent_from(admin: Caller, business: Business, engine: Engine) -> None:
    register(admin)
    answer = admin("POST", "/v1/messages", TEXT)
    assert answer.status_code == 202
    with engine.connect() as connection:
        assert connection.execute(text("SELECT channel_id FROM messages")).scalar_one() == business.channel_id


LID = "98765432101234@lid"


def test_somebody_behind_a_lid_is_written_to_through_the_session_alone(
    admin: Caller, business: Business, engine: Engine
) -> None:
    body = {"to": LID, "text": {"body": "Hola"}}
    refused = admin("POST", "/v1/messages", body)
    assert (refused.status_code, refused.json["code"]) == (422, "address_unknown")
    assert admin("POST", "/v1/messages", {**body, "channel_id": register(admin).json["id"]}).status_code == 202
    with engine.connect() as connection:
        sent = connection.execute(text("SELECT contact_phone, contact_bsuid FROM messages")).one()
        contact = connection.execute(text("SELECT bsuid, lid FROM contacts WHERE lid IS NOT NULL")).one()
    assert (tuple(sent), tuple(contact)) == ((None, LID), (None, LID))
    [shown] = [one for one in admin("GET", "/v1/contacts").json["data"] if one["lid"]]
    assert shown["lid"] == LID


def test_metas_alias_means_nothing_to_a_session(admin: Caller) -> None:
    body = {"to": "DO.7F3kQ9ab41", "text": {"body": "Hola"}, "channel_id": register(admin).json["id"]}
    answer = admin("POST", "/v1/messages", body)
    assert (answer.status_code, answer.json["code"]) == (422, "address_unknown")
