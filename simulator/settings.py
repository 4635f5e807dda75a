"""What POST /_sim/settings may change while the simulator runs."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from simulator.bad_control import BadControl, refuse_unknown_keys

RECEIPT_STATUSES: Final = ("sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Settings:
    """Durations in the unit their name ends with."""

    webhooks: bool = True
    webhook_url: str = ""
    delays_ms: Mapping[str, float | None] = field(default_factory=lambda: {"sent": 50, "delivered": 150, "read": 400})
    jitter: float = 0.2
    linger_ms: float = 10
    batch_size: int = 1000
    connections: int = 8
    retry_start_ms: float = 500
    retry_max_ms: float = 30_000
    webhook_timeout_ms: float = 20_000
    answer_delay_ms: float = 0
    throughput_mps: float = 80
    pair_interval_ms: float = 6_000
    pair_burst: int = 45
    window_hours: float = 24
    token_expired: bool = False
    token_lasts_s: float = 0
    """For debug_token; 0: for ever."""
    access_token: str = ""
    """The only one accepted from now on; empty: the one of the start."""
    require_appsecret_proof: bool = False
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def changed(settings: Settings, wanted: Mapping[str, Any]) -> Settings:
    """The settings with `wanted` laid over them. Raises BadControl for an unknown key or a bad value."""
    refuse_unknown_keys(wanted, CHECKS)
    for name, value in wanted.items():
        CHECKS[name](name, value)
    merged = dict(wanted)
    if "delays_ms" in merged:
        merged["delays_ms"] = {**settings.delays_ms, **merged["delays_ms"]}
    return replace(settings, **merged)


def _boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise BadControl(f"{name} must be true or false")


def _web_address(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise BadControl(f"{name} must be an http(s) address")


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise BadControl(f"{name} must be a text")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(least: float, most: float) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if not _is_number(value) or not least <= value <= most:
            raise BadControl(f"{name} must be a number from {least:g} to {most:g}")

    return check


def _whole_number(least: int, most: int) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadControl(f"{name} must be a whole number from {least} to {most}")

    return check


def _delays(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise BadControl(f"{name} must be an object with any of {', '.join(RECEIPT_STATUSES)}")
    refuse_unknown_keys(value, RECEIPT_STATUSES)
    for status, delay in value.items():
        if delay is not None:
            _number(0, 86_400_000)(f"{name}.{status}", delay)


CHECKS: Final[Mapping[str, Callable[[str, Any], None]]] = {
    "webhooks": _boolean,
    "webhook_url": _web_address,
    "delays_ms": _delays,
    "jitter": _number(0, 1),
    "linger_ms": _number(0, 60_000),
    "batch_size": _whole_number(1, 1000),
    "connections": _whole_number(1, 256),
    "retry_start_ms": _number(1, 3_600_000),
    "retry_max_ms": _number(1, 3_600_000),
    "webhook_timeout_ms": _number(1, 600_000),
    "answer_delay_ms": _number(0, 600_000),
    "throughput_mps": _number(0, 1_000_000),
    "pair_interval_ms": _number(0, 3_600_000),
    "pair_burst": _whole_number(1, 1_000_000),
    "window_hours": _number(0, 1_000_000),
    "token_expired": _boolean,
    "token_lasts_s": _number(0, 315_360_000),
    "access_token": _text,
    "require_appsecret_proof": _boolean,
    "seed": _whole_number(0, 2**63 - 1),
}
