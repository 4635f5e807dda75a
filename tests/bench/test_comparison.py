"""What Paperboy is compared with is something else, served in the same way."""

import os
import sys
from pathlib import Path

import requests

from bench.comparison import NOTHING
from bench.system import WEB
from embedded.ports import free_port
from embedded.supervisor import Supervisor

ROOT = Path(__file__).parents[2]


def test_the_app_that_does_nothing_is_served_with_the_options_of_the_web_and_answers_anything(tmp_path: Path) -> None:
    port = free_port()
    given = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "BIND_HOST": "127.0.0.1",
        "WEB_WORKERS": "1",
        "NOTHING_PORT": str(port),
    }
    environment = {**os.environ, **dict.fromkeys(NOTHING.needs, ""), **given}
    supervisor = Supervisor(ROOT, tmp_path, lambda line: None)
    try:
        supervisor.start([NOTHING], environment)
        answer = requests.post(f"http://127.0.0.1:{port}/webhook", data=b"unsigned", timeout=5)
    finally:
        supervisor.stop()
    assert (answer.status_code, answer.text) == (200, "EVENT_RECEIVED")
    web = WEB.command.removeprefix("python -m web ").replace("$PORT", "$NOTHING_PORT")
    assert NOTHING.command == f"python -m granian {web} bench.nothing:app"
