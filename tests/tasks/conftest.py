"""A channel of ours and the simulator as Meta, for the tasks that call it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from simulator import defaults
from tasks.conversation_rules import forget_rules
from tasks.sending import THREADS, Sender
from tests.rows import Place, add_channel
from tests.simulator.meta import Meta
from whatsapp.graph import GraphClient


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    """Rules are remembered between batches: each test begins without any."""
    forget_rules()
    yield
    forget_rules()


@pytest.fixture
def place(engine: Engine) -> Place:
    with engine.begin() as connection:
        return add_channel(connection)


@pytest.fixture(scope="session")
def meta_process() -> Iterator[str]:
    """The address of a simulator whose webhooks go nowhere."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--public-url", "http://127.0.0.1:9"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[3].rstrip(",")
        process.terminate()
        assert process.wait(timeout=5) == 0


@pytest.fixture
def meta(meta_process: str) -> Iterator[Meta]:
    """A client of a fresh simulator that sends no webhooks."""
    with Meta(meta_process) as client:
        client.control("reset")
        client.control("settings", webhooks=False)
        yield client
        client.control("reset")


@pytest.fixture
def client(meta: Meta) -> GraphClient:
    return GraphClient(
        base_url=meta.address,
        version="v26.0",
        access_token=defaults.ACCESS_TOKEN,
        app_secret=defaults.APP_SECRET,
        read_timeout=1.0,
    )


@pytest.fixture
def send(engine: Engine, client: GraphClient) -> Iterator[Callable[[], bool]]:
    """Run one sending task to its end."""
    with ThreadPoolExecutor(THREADS) as executor:
        yield lambda: Sender(engine, executor, lambda _token, _app_secret: client).run()
