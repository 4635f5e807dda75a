"""What happens in a session, before any gateway puts it into its own words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.gateways.sessions import GatewaySession, WebMessage

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. Only what `name` needs is set.

    name: starting | qr | pairing_code | loading | authenticated | connected | disconnected | auth_failure | stopped |
        message | ack | edit | revoke | reaction | call
    text: the QR or code, the reason, the new body, the emoji.
    number: percent of loading, ack.
    id: of the act itself.
    at: unix seconds.
    """

    name: str
    at: float
    id: str
    text: str = ""
    number: int = 0
    message: WebMessage | None = None

    @property
    def about(self) -> WebMessage:
        """The message of a step that is about one."""
        assert self.message is not None
        return self.message


Bodies = Callable[[GatewaySession, Step], list[Body]]
Told = Sequence[tuple[str, Any]]
"""Names of events, each with its data; a gateway tells nothing of some steps."""
Tell = Callable[[GatewaySession, Step], Told]
