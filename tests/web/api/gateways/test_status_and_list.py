"""The founding status and list of sessions (S3.4 to S3.7, S3.29, S3.34, S3.35, S3.50)."""

import base64
from typing import Any

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import Client

from tests.gateways.bodies import QR
from tests.web.api.gateways.world import FRIEND, LIST, STATUS, Caller, put, register


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
