"""Sessions over the API: registering, control, the founding status and list (S3.4 to S3.7, S3.22, S3.29, S3.34, S3.49, S3.50)."""

import base64
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import Client

from db import sealed
from db.encryption import Keyring
from db.queries import gateway_sources
from settings import Settings
from simulator.gateways.world import API_KEY
from tests.db.conftest import new_encryption_key
from tests.db.conftest import only_settings as only_settings  # noqa: PLC0414 - a fixture
from tests.gateways.bodies import QR
from tests.simulator.meta import Meta
from tests.tasks.conftest import meta as meta  # noqa: PLC0414 - a fixture
from tests.tasks.conftest import meta_process as meta_process  # noqa: PLC0414 - a fixture
from tests.web.api.requests import TEXT
from tests.web.api.world import Business, add_business, add_key
from web.api.app import create_api_app
from web.api.services import EXTENSION

KEY = new_encryption_key()
FRIEND = "https://shop.example.com"
STATUS, LIST = "/api/whatsapp/session/status", "/api/whatsapp/session/list-realtime"


class Caller:
    """A client with an API key."""

    def __init__(self, client: Client, key: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        return self._client.open(path, method=method, json=body, query_string=query, headers=self._headers)


@pytest.fixture
def app(only_settings: Callable[..., None], database: str) -> Iterator[Any]:
    from settings import get_settings
    from tasks import gateway_clients

    only_settings(
        DATABASE_URL=database,
        WHATSAPP_ENCRYPTION_KEY=KEY,
        BROKER_URL="redis://127.0.0.1:1/0",
        SESSION_CORS_ORIGINS=FRIEND,
        PUBLIC_URL="https://paperboy.example.com",
    )
    gateway_clients.gateway_client.cache_clear()
    app = create_api_app(Settings(_env_file=None))
    yield app
    app.extensions[EXTENSION].database.close()
    get_settings.cache_clear()
    gateway_clients.gateway_client.cache_clear()


@pytest.fixture
def business(engine: Engine) -> Business:
    with engine.begin() as connection:
        return add_business(connection, "default")


@pytest.fixture
def admin(app: Any, engine: Engine, business: Business) -> Caller:
    with engine.begin() as connection:
        return Caller(Client(app), add_key(connection, business.tenant_id, ("send", "read", "settings")))


@pytest.fixture
def reader(app: Any, engine: Engine, business: Business) -> Caller:
    with engine.begin() as connection:
        return Caller(Client(app), add_key(connection, business.tenant_id, ("read",)))


def register(admin: Caller, name: str = "shop", kind: str = "waha", **more: Any) -> Any:
    body = {"kind": kind, "session_id": name, "base_url": "http://127.0.0.1:1", "api_key": "never-shown-key", **more}
    return admin("POST", "/v1/gateways", body)


def put(engine: Engine, name: str, status: str, *, qr: str | None = None) -> None:
    """Bring a session into a state."""
    sealed_qr = Keyring([KEY]).encrypt(qr, sealed.SESSION_QR) if qr else None
    statement = """
        UPDATE gateway_sessions s SET status = :status, qr = :qr, qr_expires_at = now() + interval '1 minute'
        FROM gateway_sources g WHERE g.channel_id = s.channel_id AND g.session_id = :name
    """
    with engine.begin() as connection:
        connection.execute(text(statement), {"name": name, "status": status, "qr": sealed_qr})


def test_a_session_is_registered_and_its_secret_shown_this_once(admin: Caller) -> None:
    answer = register(admin, user_id="user-456")
    assert answer.status_code == 201, answer.json
    made = answer.json
    assert made["webhook_url"] == "https://paperboy.example.com/api/whatsapp/webhook/shop"
    assert len(made["secret"]) >= 32
    assert (made["proof"], made["status"], made["capabilities"]["templates"]) == ("hmac_sha512", "initial", False)
    again = admin("GET", "/v1/gateways/shop").text + admin("GET", "/v1/gateways").text
    assert made["secret"] not in again
    assert "never-shown-key" not in again + answer.text


def test_address_and_key_come_from_the_environment_where_a_registration_leaves_them_out(
    only_settings: Callable[..., None], database: str, engine: Engine, business: Business
) -> None:
    """S3.25, S3.26."""
    only_settings(
        DATABASE_URL=database,
        WHATSAPP_ENCRYPTION_KEY=KEY,
        WHATSAPP_SERVER_API="http://gateway.internal:3000/",
        WHATSAPP_API_KEY="key-of-the-environment",
    )
    app = create_api_app(Settings(_env_file=None))
    with engine.begin() as connection:
        admin = Caller(Client(app), add_key(connection, business.tenant_id, ("settings", "read")))
    answer = admin("POST", "/v1/gateways", {"kind": "waha", "session_id": "shop"})
    app.extensions[EXTENSION].database.close()
    assert (answer.status_code, answer.json["base_url"]) == (201, "http://gateway.internal:3000")
    with engine.connect() as connection:
        [source] = gateway_sources.by_channel(connection, [UUID(answer.json["id"])]).values()
    assert Keyring([KEY]).decrypt(source.api_key, sealed.ACCESS_TOKEN) == "key-of-the-environment"


def test_where_the_url_proves_the_origin_it_holds_the_secret(admin: Caller) -> None:
    made = register(admin, kind="wppconnect", secret="a-secret-for-the-url").json
    assert made["webhook_url"].endswith("/api/whatsapp/webhook/shop?secret=a-secret-for-the-url")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"kind": "telegram"}, "/kind"),
        ({"name": "no spaces allowed"}, "/session_id"),
        ({"base_url": "ftp://gateway"}, "/base_url"),
        ({"base_url": None}, "/base_url"),
        ({"api_key": None}, "/api_key"),
        ({"proof": "jwt"}, "/proof"),
        ({"kind": "evolution", "secret": "twenty-characters-ok"}, "/secret"),
        ({"secret": "short"}, "/secret"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(admin: Caller, more: dict[str, Any], pointer: str) -> None:
    answer = register(admin, **more)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert admin("GET", "/v1/gateways").json["data"] == []


def test_a_name_is_registered_once_for_everybody(app: Any, engine: Engine, admin: Caller) -> None:
    register(admin)
    with engine.begin() as connection:
        other = add_business(connection, "other")
        key = add_key(connection, other.tenant_id, ("read", "settings"))
    theirs = Caller(Client(app), key)
    assert register(theirs).status_code == 409
    assert theirs("GET", "/v1/gateways/shop").status_code == 404
    assert theirs("GET", f"{STATUS}/shop").status_code == 404
    assert theirs("DELETE", "/v1/gateways/shop").status_code == 404


def test_only_keys_with_the_scope_settings_register_and_control(reader: Caller, admin: Caller) -> None:
    register(admin)
    assert register(reader, "another").status_code == 403
    for command in ("start", "stop", "restart", "log-out"):
        assert reader("POST", f"/v1/gateways/shop/{command}").status_code == 403


def test_status_in_the_founding_shape_with_a_picture_of_the_qr(admin: Caller, engine: Engine) -> None:
    """S3.5."""
    register(admin, user_id="user-456")
    put(engine, "shop", "qr_generated", qr=QR)
    answer = admin("GET", f"{STATUS}/shop")
    assert answer.status_code == 200
    data = answer.json["data"]
    assert answer.json["success"] is True
    assert set(data) == {
        "sessionId", "status", "message", "qr", "qrImage", "userId", "createdAt", "updatedAt",
        "isConnected", "needsQR", "isLoading", "hasError",
    }  # fmt: skip
    assert (data["sessionId"], data["userId"], data["qr"], data["needsQR"]) == ("shop", "user-456", QR, True)
    assert base64.b64decode(data["qrImage"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_key_that_only_reads_learns_that_there_is_a_qr_and_not_which(
    reader: Caller, admin: Caller, engine: Engine
) -> None:
    register(admin)
    put(engine, "shop", "qr_generated", qr=QR)
    data = reader("GET", f"{STATUS}/shop").json["data"]
    assert (data["qr"], data["qrImage"], data["needsQR"]) == (None, None, True)


def test_a_qr_that_cannot_be_drawn_or_read_is_null(admin: Caller, engine: Engine) -> None:
    """S3.29."""
    register(admin)
    put(engine, "shop", "qr_generated", qr="x" * 5000)
    data = admin("GET", f"{STATUS}/shop").json["data"]
    assert (data["qrImage"], data["needsQR"]) == (None, True)
    with engine.begin() as connection:
        connection.execute(text("UPDATE gateway_sessions SET qr = 'v1.none.broken'"))
    data = admin("GET", f"{STATUS}/shop").json["data"]
    assert (data["qr"], data["qrImage"]) == (None, None)


def test_an_unknown_session_is_404_in_the_founding_shape(admin: Caller) -> None:
    """S3.4."""
    answer = admin("GET", f"{STATUS}/nobody")
    assert answer.status_code == 404
    assert answer.json["success"] is False
    assert answer.json == {"success": False, "error": "Session not found"}


def test_without_a_key_nothing_is_told(app: Any) -> None:
    """S3.34."""
    for path in (f"{STATUS}/shop", LIST, "/v1/gateways"):
        assert Client(app).get(path).status_code == 401


def test_pages_of_the_allowed_site_may_read_sessions_and_no_others(app: Any, admin: Caller) -> None:
    """S3.35."""
    register(admin)
    asking = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    leave = Client(app).options(f"{STATUS}/shop", headers={"Origin": FRIEND, **asking})
    assert (leave.status_code, leave.headers["Access-Control-Allow-Origin"]) == (204, FRIEND)
    assert leave.headers["Access-Control-Allow-Headers"] == "Authorization"
    assert Client(app).get(LIST, headers={"Origin": FRIEND}).status_code == 401
    for origin, path in (("https://evil.example.com", f"{STATUS}/shop"), (FRIEND, "/v1/messages")):
        answer = Client(app).options(path, headers={"Origin": origin, **asking})
        assert answer.status_code != 204
        assert "Access-Control-Allow-Origin" not in answer.headers


STATES = {
    "a": ("session_connected", None),
    "b": ("qr_generated", QR),
    "c": ("loading", None),
    "d": ("connecting", None),
    "e": ("auth_failure", None),
    "f": ("error", None),
    "g": ("session_not_connected", None),
    "h": ("stopped", None),
    "i": ("initial", None),
    "j": ("authenticated", None),
    "k": ("action_required", None),
}


@pytest.fixture
def eleven(admin: Caller, engine: Engine) -> None:
    for name, (status, qr) in STATES.items():
        register(admin, name, user_id="user-1" if name < "f" else "user-2")
        put(engine, name, status, qr=qr)


def test_the_list_has_disjoint_buckets_that_sum_to_the_total_and_no_qr(eleven: None, admin: Caller) -> None:
    """S3.7, S3.50."""
    answer = admin("GET", LIST)
    assert answer.json["summary"] == {
        "connected": 1, "disconnected": 5, "loading": 2, "needsQR": 1, "error": 2, "total": 11,
    }  # fmt: skip
    assert QR not in answer.text
    (waiting,) = [one for one in answer.json["data"] if one["hasQR"]]
    assert (waiting["sessionId"], waiting["qr"], "qrImage" in waiting) == ("b", None, False)
    assert {"success", "data", "summary", "timestamp"} == set(answer.json)
    assert all(one["lastUpdated"] == one["updatedAt"] for one in answer.json["data"])


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("connected", "a"), ("isConnected", "a"), ("session_connected", "a"),
        ("needsQR", "b"), ("qr_generated", "b"),
        ("loading", "cd"), ("isLoading", "cd"), ("connecting", "d"),
        ("error", "ef"), ("hasError", "ef"), ("auth_failure", "e"),
        ("disconnected", "ghijk"), ("stopped", "h"), ("nonsense", ""),
    ],
)  # fmt: skip
def test_the_list_is_filtered_by_flag_names_and_raw_values(
    eleven: None, admin: Caller, wanted: str, names: str
) -> None:
    """S3.6."""
    answer = admin("GET", LIST, status=wanted)
    assert "".join(one["sessionId"] for one in answer.json["data"]) == names
    assert answer.json["summary"]["total"] == len(names)


def test_the_list_is_filtered_by_user(eleven: None, admin: Caller) -> None:
    assert "".join(one["sessionId"] for one in admin("GET", LIST, userId="user-2").json["data"]) == "fghijk"


@pytest.mark.parametrize("kind", ["founding", "wwebjs", "waha", "evolution", "wppconnect"])
def test_a_session_is_controlled_through_its_gateway(admin: Caller, meta: Meta, kind: str) -> None:
    """S3.49."""
    path = "wwebjs" if kind == "founding" else kind
    register(admin, kind=kind, base_url=f"{meta.address}/gateways/{path}", api_key=API_KEY)
    meta.control("gateways", {"kind": kind, "session": "shop", "webhook_url": "http://127.0.0.1:9/hook"})
    answer = admin("POST", "/v1/gateways/shop/start")
    assert (answer.status_code, answer.json) == (202, {"session_id": "shop", "status": "connecting"})
    assert len(admin("POST", "/v1/gateways/shop/pairing-code", {"phone": "+18295550142"}).json["pairing_code"]) == 8
    meta.control(f"gateways/{kind}/shop/scan")
    restarted = admin("POST", "/v1/gateways/shop/restart")
    assert restarted.status_code == (409 if kind == "wppconnect" else 202)
    meta.control(f"gateways/{kind}/shop/scan")
    if kind != "evolution":
        assert admin("POST", "/v1/gateways/shop/stop").json["status"] == "stopped"
        meta.control(f"gateways/{kind}/shop/scan")
    assert admin("POST", "/v1/gateways/shop/log-out").json["status"] == "stopped"
    events = admin("GET", "/v1/gateways/shop/events").json["data"]
    assert (events[0]["word"], events[0]["after"]) == ("log-out", "stopped")


def test_a_gateway_that_cannot_be_reached_is_told_and_changes_nothing(admin: Caller) -> None:
    """S3.30."""
    register(admin)
    answer = admin("POST", "/v1/gateways/shop/start")
    assert (answer.status_code, answer.json["code"]) == (502, "gateway_unreachable")
    assert admin("GET", "/v1/gateways/shop").json["status"] == "initial"


def test_a_removed_session_is_forgotten_and_its_name_free(admin: Caller, engine: Engine) -> None:
    register(admin)
    assert admin("DELETE", "/v1/gateways/shop").status_code == 204
    assert admin("GET", "/v1/gateways/shop").status_code == 404
    with engine.connect() as connection:
        left = connection.execute(text("SELECT access_token FROM channels WHERE phone_number_id = 'gateway:shop'"))
        assert left.scalars().all() == [None]
        assert connection.execute(text("SELECT count(*) FROM app_secrets WHERE secret IS NOT NULL")).scalar_one() == 0
    assert register(admin).status_code == 201


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


def secrets_of(admin: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin("GET", "/v1/gateways/shop/secrets").json["data"]
    return found


def test_a_secret_is_rotated_without_a_moment_in_which_none_counts(admin: Caller, engine: Engine) -> None:
    first = register(admin).json["secret"]
    made = admin("POST", "/v1/gateways/shop/secrets", {})
    assert made.status_code == 201
    second = made.json["secret"]
    assert first != second
    assert len(secrets_of(admin)) == 2
    assert second not in admin("GET", "/v1/gateways/shop/secrets").text
    with engine.connect() as connection:
        [source] = gateway_sources.receiving(connection)
    opened = [Keyring([KEY]).decrypt(sealed_secret, sealed.APP_SECRET) for _, sealed_secret in source.secrets]
    assert opened == [second, first]
    old = secrets_of(admin)[-1]["id"]
    assert admin("DELETE", f"/v1/gateways/shop/secrets/{old}").status_code == 204
    assert [one["id"] == old for one in secrets_of(admin)] == [False]
    last = secrets_of(admin)[0]["id"]
    refused = admin("DELETE", f"/v1/gateways/shop/secrets/{last}")
    assert (refused.status_code, refused.json["code"]) == (409, "last_secret")
    assert len(secrets_of(admin)) == 1


@pytest.mark.parametrize("secret", ["short", "x" * 15])
def test_a_secret_that_is_too_short_is_refused(admin: Caller, secret: str) -> None:
    register(admin)
    assert admin("POST", "/v1/gateways/shop/secrets", {"secret": secret}).status_code == 422


def test_a_secret_of_no_session_or_no_secret_is_not_found(admin: Caller) -> None:
    register(admin)
    for method, path in (("GET", "nowhere/secrets"), ("POST", "nowhere/secrets"), ("DELETE", "shop/secrets/x")):
        assert admin(method, f"/v1/gateways/{path}", {} if method == "POST" else None).status_code == 404


def test_a_plan_s_sessions_are_a_limit(admin: Caller, engine: Engine) -> None:
    """S3.49."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET sessions_allowed = 1"))
    assert register(admin).status_code == 201
    refused = register(admin, "second")
    assert (refused.status_code, refused.json["code"]) == (403, "session_limit")
    assert admin("DELETE", "/v1/gateways/shop").status_code == 204
    assert register(admin, "second").status_code == 201


def test_all_sessions_are_stopped_and_who_does_not_stop_is_named(admin: Caller, meta: Meta, engine: Engine) -> None:
    """S3.49."""
    for name, kind in (("one", "waha"), ("two", "waha"), ("three", "evolution"), ("gone", "waha")):
        address = f"{meta.address}/gateways/{kind}" if name != "gone" else "http://127.0.0.1:9"
        register(admin, name, kind, base_url=address, api_key=API_KEY)
        meta.control("gateways", {"kind": kind, "session": name, "webhook_url": "http://127.0.0.1:9/"})
    answer = admin("POST", "/v1/gateways/stop-all")
    assert answer.status_code == 200
    problems = {one["session_id"]: one["problem"] for one in answer.json["data"]}
    assert (problems["one"], problems["two"]) == (None, None)
    assert "no stop" in problems["three"]
    assert problems["gone"]
    with engine.connect() as connection:
        stopped = connection.execute(text("SELECT target FROM audit_log WHERE action = 'gateway.stop' ORDER BY target"))
        assert stopped.scalars().all() == ["one", "two"]


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
