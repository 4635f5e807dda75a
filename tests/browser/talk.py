"""A Paperboy in which customers write and get answers: pages, workers and Meta's stand-in."""

from typing import Any

from embedded.processes import PROCESSES
from tests.browser.conftest import Site

NEEDED = ("web", "realtime", "simulator", "worker-ingest", "worker-send", "worker-media", "worker-housekeeping", "beat")
CUSTOMER = "+18095550123"


class TalkingSite(Site):
    """The pages, the workers, what rings for messages that Meta put off, and Meta's stand-in."""

    processes = tuple(process for process in PROCESSES if process.name in NEEDED)

    def customer_writes(self, text: str | None = "Hola", phone: str = CUSTOMER, **more: Any) -> str:
        """Let a customer write; return the wamid."""
        wanted = {"from": phone, "name": "Ana Peña", **({"body": text} if text else {}), **more}
        return str(self.meta.control("inbound", wanted)["wamid"])
