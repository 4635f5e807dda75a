"""Templates and numbers as the Graph client reads them, page by page."""

from typing import Any

import pytest

from tests.whatsapp.graph_calls import APP_SECRET, TOKEN, client_for
from tests.whatsapp.graph_server import Answer, accepting, close_before_answering, json_answer, refused_port, serving
from whatsapp.graph import NotSent, OutcomeUnknown, Refused


def page(names: list[str], following: str | None) -> Answer:
    paging = {"cursors": {"after": "c"}, **({"next": following} if following else {})}
    return json_answer(200, {"data": [{"name": name} for name in names], "paging": paging})


def test_templates_of_all_pages_are_read() -> None:
    def first(handler: Any, request: Any) -> None:
        host = request.headers["Host"]
        page(["a", "b"], f"http://{host}/v26.0/9/message_templates?access_token={TOKEN}&after=c%3D1")(handler, request)

    with serving(first, page(["c"], None)) as server:
        templates = client_for(server.url, app_secret=APP_SECRET).message_templates("9")
    assert [template["name"] for template in templates] == ["a", "b", "c"]
    assert [request.path for request in server.requests] == ["/v26.0/9/message_templates"] * 2
    assert "components" in server.requests[0].query["fields"]
    assert "after" not in server.requests[0].query
    assert server.requests[1].query["after"] == "c=1"
    assert all("access_token" not in request.query for request in server.requests)
    assert all(request.headers["Authorization"] == f"Bearer {TOKEN}" for request in server.requests)


@pytest.mark.parametrize(
    "following", ["http://evil.example/v26.0/9/message_templates?after=c", "file:///etc/passwd?after=c", "/x?after=c"]
)
def test_a_page_of_another_host_is_never_asked_for(following: str) -> None:
    with serving(page(["a"], following)) as server:
        with pytest.raises(OutcomeUnknown, match="foreign_page"):
            client_for(server.url).message_templates("9")
        assert len(server.requests) == 1


def test_pages_without_end_are_given_up() -> None:
    def same_again(handler: Any, request: Any) -> None:
        page(["a"], f"http://{request.headers['Host']}/v26.0/9/message_templates?after=c")(handler, request)

    with serving(same_again) as server, pytest.raises(OutcomeUnknown, match="endless_pages"):
        client_for(server.url).message_templates("9")


def test_a_page_without_a_cursor_is_not_taken_for_the_last() -> None:
    def no_cursor(handler: Any, request: Any) -> None:
        page(["a"], f"http://{request.headers['Host']}/v26.0/9/message_templates")(handler, request)

    with serving(no_cursor) as server, pytest.raises(OutcomeUnknown, match="page_without_cursor"):
        client_for(server.url).message_templates("9")


@pytest.mark.parametrize("data", [None, {}, "x", [None, 5]])
def test_templates_of_another_shape_are_none(data: Any) -> None:
    with serving(json_answer(200, {"data": data})) as server:
        assert client_for(server.url).message_templates("9") == []


def test_a_phone_number_is_asked_for_the_fields_wanted() -> None:
    with serving(json_answer(200, {"id": "1", "quality_rating": "GREEN"})) as server:
        answer = client_for(server.url).phone_number("1", ["id", "quality_rating"])
    assert answer == {"id": "1", "quality_rating": "GREEN"}
    assert (server.requests[0].method, server.requests[0].path) == ("GET", "/v26.0/1")
    assert server.requests[0].query == {"fields": "id,quality_rating"}


def test_a_read_fails_in_the_same_three_ways() -> None:
    with pytest.raises(NotSent):
        client_for(f"http://127.0.0.1:{refused_port()}").phone_number("1", ["id"])
    with accepting(lambda connection: connection.sendall(b"no TLS\r\n")) as server, pytest.raises(NotSent):
        client_for(f"https://127.0.0.1:{server.port}").phone_number("1", ["id"])
    with serving(close_before_answering) as graph, pytest.raises(OutcomeUnknown):
        client_for(graph.url).phone_number("1", ["id"])
    with serving(json_answer(401, {"error": {"code": 190}})) as graph, pytest.raises(Refused):
        client_for(graph.url).phone_number("1", ["id"])
