"""A client of the simulator: Graph calls and control calls, and the bodies they need."""

from collections.abc import Callable
from typing import Any

import requests

from simulator import defaults
from tests.waiting import Late, wait_for

TIMEOUT_S = 10
CUSTOMER = "+18095550123"
INVOICE = ("Ana Peña", "2026-11", "RD$ 1,500.00", "30/11/2026", "https://pay.example.com/i/8Xk2")


class Meta:
    """Graph API and /_sim of one simulator."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> "Meta":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.session.close()

    def call(
        self, method: str, path: str, *, token: str | None = defaults.ACCESS_TOKEN, **more: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        url = f"{self.address}/v26.0/{path}"
        return self.session.request(method, url, headers=headers, timeout=TIMEOUT_S, **more)

    def post_message(
        self, body: dict[str, Any], *, number: str = defaults.PHONE_NUMBER_ID, **more: Any
    ) -> requests.Response:
        return self.call("POST", f"{number}/messages", json=body, **more)

    def send(self, body: dict[str, Any], **more: Any) -> str:
        """The wamid of an accepted message."""
        answer = self.post_message(body, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["messages"][0]["id"])

    def control(self, what: str, wanted: Any = None, **keys: Any) -> Any:
        answer = self.session.post(f"{self.address}/_sim/{what}", json=wanted or keys, timeout=TIMEOUT_S)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, what: str, **query: Any) -> Any:
        return self.session.get(f"{self.address}/_sim/{what}", params=query, timeout=TIMEOUT_S).json()

    def customer_writes(self, phone: str = CUSTOMER) -> None:
        """Open the service window of a customer."""
        self.control("inbound", {"from": phone})

    def wait(self, condition: Callable[[], Any]) -> Any:
        """The condition's value as soon as it is true; asked for, as the simulator tells nobody."""
        try:
            return wait_for(condition, TIMEOUT_S)
        except Late:
            raise AssertionError(self.look("stats")) from None

    def wait_until_quiet(self) -> Any:
        """The webhook statistics once nothing waits or flies."""

        def quiet() -> Any:
            webhooks = self.look("stats")["webhooks"]
            return webhooks if webhooks["pending"] == webhooks["posts_open"] == 0 else None

        return self.wait(quiet)


def text_message(to: str = CUSTOMER, **more: Any) -> dict[str, Any]:
    return message("text", {"body": "Hola"}, to, **more)


def message(kind: str, content: Any, to: str = CUSTOMER, **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": to, "type": kind, kind: content, **more}


def body_component(*texts: str) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}


def pdf_header(**file: str) -> dict[str, Any]:
    return {"type": "header", "parameters": [{"type": "document", "document": file}]}


def url_button(suffix: str, index: Any = "0") -> dict[str, Any]:
    parameters = [{"type": "text", "text": suffix}]
    return {"type": "button", "sub_type": "url", "index": index, "parameters": parameters}


def template_message(
    name: str = "invoice",
    components: list[dict[str, Any]] | None = None,
    language: str = "es",
    to: str = CUSTOMER,
    **more: Any,
) -> dict[str, Any]:
    chosen = [body_component(*INVOICE)] if components is None else components
    content = {"name": name, "language": {"code": language}, "components": chosen}
    return message("template", content, to, **more)
