"""What goes wrong at a gateway: with coming calls, and with its webhooks."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from simulator.bad_control import BadControl, refuse_unknown_keys

CALL_FAULTS: Final = ("lose_answer", "no_id", "http_500", "http_429", "not_connected", "slow")
"""The first two and `slow` come after the message was taken."""
TAKES_EFFECT: Final = frozenset({"lose_answer", "no_id", "slow"})
SLOW_S: Final = 30


@dataclass(frozen=True, slots=True)
class EventFaults:
    """duplicate: copies in all. shuffle: every POST at a moment of its own. drop: steps never told."""

    duplicate: int = 1
    shuffle: bool = False
    hold: bool = False
    drop: tuple[str, ...] = ()


class GatewayFaults:
    """The faults now armed; call faults are used up in the order they were set."""

    def __init__(self) -> None:
        self._armed: deque[str] = deque()
        self.events = EventFaults()

    def change(self, wanted: Mapping[str, Any]) -> None:
        """{fault?, next?, events?}. Raises BadControl."""
        refuse_unknown_keys(wanted, ("fault", "next", "events"))
        if "fault" in wanted:
            if wanted["fault"] not in CALL_FAULTS:
                raise BadControl("unknown fault", CALL_FAULTS)
            self._armed.extend([wanted["fault"]] * int(wanted.get("next", 1)))
        if "events" in wanted:
            refuse_unknown_keys(wanted["events"], asdict(self.events))
            given = dict(wanted["events"])
            given["drop"] = tuple(given.get("drop", self.events.drop))
            self.events = replace(self.events, **given)

    def take(self) -> str | None:
        """The next call fault."""
        return self._armed.popleft() if self._armed else None

    def as_dict(self) -> dict[str, Any]:
        return {"calls": list(self._armed), "events": asdict(self.events)}
