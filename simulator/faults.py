"""Faults set through /_sim/faults: for coming Graph calls, and for webhooks."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from simulator.bad_control import BadControl, refuse_unknown_keys
from simulator.settings import RECEIPT_STATUSES


@dataclass(frozen=True, slots=True)
class Kind:
    """Whether the call takes effect, how it ends (see endings.py), and the delay before the end."""

    accepted: bool
    ending: str
    delay_ms: float = 0
    needs_code: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    "lose_answer": Kind(True, "close"),
    "reset_after": Kind(True, "reset"),
    "reset_before": Kind(False, "reset"),
    "slow": Kind(True, "answer", delay_ms=30_000),
    "garbage": Kind(True, "garbage"),
    "no_id": Kind(True, "no_id"),
    "error_200": Kind(True, "error_200"),
    "http_500": Kind(False, "http_500"),
    "http_502": Kind(False, "http_502"),
    "http_503": Kind(False, "http_503"),
    "http_429": Kind(False, "http_429"),
    "error": Kind(False, "error", needs_code=True),
    "fail_later": Kind(True, "answer", needs_code=True),
    "held": Kind(True, "answer"),
    "paused": Kind(True, "answer"),
}
REFUSE: Final = "refuse"
REFUSE_DEFAULT_MS: Final = 1_000
CALLS: Final = ("messages", "read", "media", "templates", "phone_number", "any")
KEYS: Final = (
    "next", "fault", "call", "to", "code", "subcode", "http_status", "is_transient", "accepted", "delay_ms",
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One fault for the next `next` calls that match `call` and, if given, `to` (E.164 or BSUID)."""

    fault: str
    accepted: bool
    delay_ms: float
    next: int = 1
    call: str = "messages"
    to: str | None = None
    code: int | None = None
    subcode: int | None = None
    http_status: int | None = None
    is_transient: bool | None = None

    @property
    def ending(self) -> str:
        return KINDS[self.fault].ending

    def hits(self, call: str, recipient: str | None) -> bool:
        """True if a call of this name to this recipient is meant."""
        return self.call in (call, "any") and (self.to is None or self.to == recipient)


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """What goes wrong with webhooks until changed.

    duplicate: copies of each update in all, batched apart.
    twin: each POST twice at the same time.
    shuffle: receipts of a message change places, and so do the updates of a POST.
    before_answer: receipts arrive before the send is answered.
    hold: nothing leaves.
    drop: receipts of these statuses are never sent.
    age_s: receipts and messages are dated so many seconds back.
    """

    duplicate: int = 1
    twin: bool = False
    shuffle: bool = False
    before_answer: bool = False
    hold: bool = False
    drop: tuple[str, ...] = ()
    age_s: float = 0


class Faults:
    """The faults now armed; Graph faults are used up in the order they were set."""

    def __init__(self) -> None:
        self._armed: deque[Fault] = deque()
        self.webhooks = WebhookFaults()

    @property
    def by_recipient(self) -> bool:
        """True if a fault waits for one recipient."""
        return any(fault.to is not None for fault in self._armed)

    @property
    def armed(self) -> bool:
        """True if a fault waits for a call."""
        return bool(self._armed)

    def clear(self) -> None:
        """Disarm everything."""
        self._armed.clear()
        self.webhooks = WebhookFaults()

    def arm(self, fault: Fault) -> None:
        """Queue a fault behind those already armed."""
        self._armed.append(fault)

    def take(self, call: str, recipient: str | None) -> Fault | None:
        """The first armed fault that hits this call, with one use less."""
        for fault in self._armed:
            if fault.hits(call, recipient):
                fault.next -= 1
                if fault.next <= 0:
                    self._armed.remove(fault)
                return fault
        return None

    def as_dict(self) -> dict[str, Any]:
        return {"calls": [asdict(fault) for fault in self._armed], "webhooks": asdict(self.webhooks)}


def read_fault(wanted: Mapping[str, Any]) -> Fault:
    """The Graph fault in a control request. Raises BadControl for an unknown name, key or value."""
    refuse_unknown_keys(wanted, KEYS)
    kind = KINDS.get(wanted.get("fault", ""))
    if kind is None:
        raise BadControl("unknown fault", (*KINDS, REFUSE))
    if wanted.get("call", "messages") not in CALLS:
        raise BadControl("unknown call", CALLS)
    if kind.needs_code and not _is_count(wanted.get("code")):
        raise BadControl(f"{wanted['fault']} needs a code")
    if not _is_count(wanted.get("next", 1)) or wanted.get("next", 1) == 0:
        raise BadControl("next must be a whole number from 1")
    return Fault(**{"accepted": kind.accepted, **wanted, "delay_ms": read_delay(wanted, kind.delay_ms)})


def read_delay(wanted: Mapping[str, Any], default_ms: float) -> float:
    """`delay_ms` of a control request. Raises BadControl unless it is a number from 0."""
    delay = wanted.get("delay_ms")
    if delay is None:
        return default_ms
    if not isinstance(delay, int | float) or isinstance(delay, bool) or delay < 0:
        raise BadControl("delay_ms must be a number from 0")
    return delay


def read_webhook_faults(current: WebhookFaults, wanted: Any) -> WebhookFaults:
    """The webhook faults with `wanted` laid over them. Raises BadControl for an unknown key or value."""
    if not isinstance(wanted, dict):
        raise BadControl("webhooks must be an object", asdict(current))
    refuse_unknown_keys(wanted, asdict(current))
    chosen = dict(wanted)
    if "drop" in chosen:
        chosen["drop"] = _read_drop(chosen["drop"])
    for name in ("twin", "shuffle", "before_answer", "hold"):
        if not isinstance(chosen.get(name, False), bool):
            raise BadControl(f"{name} must be true or false")
    chosen["duplicate"] = _read_copies(chosen.get("duplicate", current.duplicate))
    if not isinstance(chosen.get("age_s", 0), int | float):
        raise BadControl("age_s must be a number of seconds")
    return replace(current, **chosen)


def _read_drop(wanted: Any) -> tuple[str, ...]:
    if isinstance(wanted, bool):
        return (*RECEIPT_STATUSES, "failed") if wanted else ()
    if not isinstance(wanted, list) or not set(wanted) <= {*RECEIPT_STATUSES, "failed"}:
        raise BadControl("drop must be true, false or a list of statuses", (*RECEIPT_STATUSES, "failed"))
    return tuple(wanted)


def _read_copies(wanted: Any) -> int:
    if isinstance(wanted, bool) or wanted == 0:
        return 2 if wanted else 1
    if not _is_count(wanted):
        raise BadControl("duplicate must be the number of copies in all")
    return int(wanted)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
