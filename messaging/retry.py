"""When a refused message is tried again, and when it is not.

retry (the message spends its attempts; waits are drawn from 0 to the step: full jitter)
    attempt       2        3         4          5         then
    step         5 s     20 s      80 s      320 s        fail
    by then      5 s     25 s    1m 45s     7m 05s        at the latest

retry_later (no attempt is spent; waits are drawn from the step to 1.5 times the step)
    pair         1 s      4 s      16 s       64 s     256 s    15 min, 15 min …
    by then      1 s      5 s      21 s     1m 25s    5m 41s
    number       2 s      4 s       8 s       16 s      32 s    … 5 min, 5 min …
    by then      2 s      6 s      14 s       30 s    1m 02s
    waba       2 min    4 min     8 min     16 min    32 min    1 h, 1 h …
    app        5 min   10 min    20 min     40 min       1 h    1 h …
    all give up after a day (PATIENCE)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import Literal, Protocol

from messaging.limits import DEFAULTS

Action = Literal["retry", "fail", "unknown", "pause_channel", "hold_template"]


@dataclass(frozen=True, slots=True)
class Steps:
    """A growing wait: step n is `base` * `factor`**n, at most `cap`; the wait is drawn from
    `least` * step to (`least` + `spread`) * step."""

    base: timedelta
    factor: int
    cap: timedelta
    least: float
    spread: float

    def step(self, n: int, first: timedelta | None = None) -> timedelta:
        """Return step `n` (0 is the first); a rule's own `first` wait takes the place of a shorter base."""
        start = max(self.base, first or self.base)
        for _ in range(n):
            if start >= self.cap:
                break
            start *= self.factor
        return max(min(start, self.cap), first or self.base)

    def wait(self, n: int, draw: float, first: timedelta | None = None) -> timedelta:
        """Return the wait drawn for step `n`, never below `first`."""
        step = self.step(n, first)
        return max(step * self.least, first or timedelta(0)) + step * self.spread * draw


# Full jitter parts a queue that failed together.
RETRY = Steps(timedelta(seconds=5), factor=4, cap=timedelta(minutes=15), least=0.0, spread=1.0)

# Rate limits tell the least wait, so jitter only adds to the step; half of it is enough to part a herd.
POSTPONE: Mapping[str, Steps] = {
    # 4^X seconds is Meta's own rule for a pair (error 131056); the debt of the largest burst (45 messages) is
    # paid after 4.5 minutes, so a wait above 15 minutes gains nothing.
    "pair": Steps(timedelta(seconds=1), factor=4, cap=timedelta(minutes=15), least=1.0, spread=0.5),
    # Throughput is counted per second (130429); shorter than 2 s only meets the same full bucket.
    "number": Steps(timedelta(seconds=2), factor=2, cap=timedelta(minutes=5), least=1.0, spread=0.5),
    # Counted per hour (80007): the wait reaches the whole window and stays there.
    "waba": Steps(timedelta(minutes=2), factor=2, cap=timedelta(hours=1), least=1.0, spread=0.5),
    # Counted per hour over all accounts of the app (4), so it clears later than one account's limit.
    "app": Steps(timedelta(minutes=5), factor=2, cap=timedelta(hours=1), least=1.0, spread=0.5),
}

PATIENCE = timedelta(seconds=DEFAULTS.patience_seconds)

# Configuration errors of these scopes stop all messages of the channel, of a template only that template.
CONFIG_ACTIONS: Mapping[str, Action] = {
    "channel": "pause_channel",
    "number": "pause_channel",
    "waba": "pause_channel",
    "app": "pause_channel",
    "template": "hold_template",
}


class Rule(Protocol):
    """What the table of errors says about one error; `whatsapp.errors.ErrorRule` has this shape."""

    @property
    def verdict(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def first_delay(self) -> timedelta | None: ...
    @property
    def max_attempts(self) -> int | None: ...
    @property
    def uncertain(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class TransportRule:
    """A rule for a call that ended without any error code."""

    verdict: str
    scope: str = "number"
    first_delay: timedelta | None = None
    max_attempts: int | None = None
    uncertain: bool = False


# Nothing left this machine. No attempt is spent: a network that is down for an hour must not fail the queue.
NOT_SENT = TransportRule(verdict="retry_later")
NOT_SENDABLE = "The stored message cannot be sent"
"""Title of an attempt that failed before any call."""

# The request left and no clear answer came back: a second call might be a second invoice.
OUTCOME_UNKNOWN = TransportRule(verdict="retry", uncertain=True)


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to the message now; `delay` is set for "retry" alone.

    "unknown": not sent again; a receipt or a person settles it. "pause_channel" and "hold_template": the
    message stays queued and the channel or the template waits for an operator.
    """

    action: Action
    delay: timedelta | None = None
    spends_attempt: bool = True


def next_attempt(rule: Rule, attempts_spent: int, draw: float, *, postponed: int) -> Decision:
    """Decide what follows a call that was refused.

    Args:
        rule: verdict and scope of the error. The failure came in a receipt: pass `uncertain` False, since it
            proves that nothing arrived.
        attempts_spent: attempts of the message spent so far, the one just refused included.
        draw: random number, 0 <= draw < 1.
        postponed: earlier calls for this message that ended in a Decision with `spends_attempt` False.

    Raises:
        ValueError: a verdict that is not in the table.
    """
    match rule.verdict:
        case "retry":
            return _retry(rule, attempts_spent, draw)
        case "retry_later":
            return _postpone(rule, postponed, draw)
        case "config":
            action = CONFIG_ACTIONS.get(rule.scope, "fail")
            return Decision(action, spends_attempt=action == "fail")
        case "permanent" | "recipient":
            return Decision("fail")
        case unlisted:
            raise ValueError(f"no verdict: {unlisted}")


def _retry(rule: Rule, attempts_spent: int, draw: float) -> Decision:
    if rule.uncertain:
        return Decision("unknown")
    if attempts_spent >= (rule.max_attempts or DEFAULTS.send_attempts):
        return Decision("fail")
    return Decision("retry", RETRY.wait(max(attempts_spent - 1, 0), draw, rule.first_delay))


def _postpone(rule: Rule, postponed: int, draw: float) -> Decision:
    steps = POSTPONE.get(rule.scope, POSTPONE["number"])
    if _is_out_of_patience(steps, postponed, rule.first_delay):
        return Decision("fail", spends_attempt=False)
    return Decision("retry", steps.wait(postponed, draw, rule.first_delay), spends_attempt=False)


def _is_out_of_patience(steps: Steps, postponed: int, first: timedelta | None) -> bool:
    waited = accumulate(steps.step(n, first) for n in range(postponed))
    return any(total >= PATIENCE for total in waited)
