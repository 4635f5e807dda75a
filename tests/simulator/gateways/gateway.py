"""One session at the simulator, and what of its webhooks arrived."""

from typing import Any

from gateways.items import Item
from gateways.kinds import Kind
from gateways.payload import split
from tests.simulator.meta import Meta
from tests.simulator.receiver import Receiver


class Gateway:
    """Acts upon the session `shop` and reads its webhooks as the product does."""

    def __init__(self, meta: Meta, receiver: Receiver, kind: Kind) -> None:
        self.meta = meta
        self.receiver = receiver
        self.kind = kind

    def act(self, name: str, **wanted: Any) -> Any:
        return self.meta.control(f"gateways/{self.kind}/shop/{name}", wanted)

    def faults(self, **wanted: Any) -> None:
        self.meta.control("gateways/faults", wanted)

    def connect(self) -> None:
        self.act("start")
        self.act("scan")

    def session(self) -> Any:
        (found,) = [one for one in self.meta.look("gateways")["sessions"] if one["kind"] == self.kind]
        return found

    def items(self) -> list[Item]:
        """All items once nothing is on its way any more."""
        self.meta.wait(lambda: self.meta.look("gateways")["waiting"] == 0)
        taken = [post for post in self.receiver.posts if post.answered == 200]
        return [item for post in taken for item in split(self.kind, post.body)]
