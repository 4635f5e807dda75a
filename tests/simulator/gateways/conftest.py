"""A session of each gateway at the simulator, with the product's own client on one side and a receiver on the other."""

from collections.abc import Callable, Iterator

import pytest
import requests

from gateways.clients.by_kind import CLIENTS
from gateways.clients.client import GatewayClient
from gateways.kinds import Kind
from simulator.gateways.world import API_KEY, SECRET
from tests.simulator.gateways.gateway import Gateway
from tests.simulator.meta import Meta
from tests.simulator.receiver import Receiver
from wire.exchange import build_session


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with build_session() as session:
        yield session


@pytest.fixture
def gateway(meta: Meta, receiver: Receiver) -> Callable[[Kind], Gateway]:
    """Make a stopped session `shop` of a kind, whose webhooks go to the receiver."""

    def make(kind: Kind) -> Gateway:
        url = f"{receiver.address}/hook/shop?secret={SECRET}"
        meta.control("gateways", {"kind": kind, "session": "shop", "webhook_url": url})
        return Gateway(meta, receiver, kind)

    return make


@pytest.fixture
def client(meta: Meta, http: requests.Session) -> Callable[..., GatewayClient]:
    def make(kind: Kind, *, api_key: str = API_KEY, session_id: str = "shop", **more: float) -> GatewayClient:
        path = "wwebjs" if kind is Kind.FOUNDING else kind
        base_url = f"{meta.address}/gateways/{path}"
        return CLIENTS[kind](base_url=base_url, api_key=api_key, session_id=session_id, session=http, **more)

    return make
