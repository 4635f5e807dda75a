"""5. Meta's refusals: every verdict of the error table, and a token that expires in the middle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.faults.callers import Asked
from tests.faults.fault import Fault
from tests.faults.ledger import Ledger
from tests.faults.load import Rates
from tests.faults.rows import how_many, status_of, with_status
from tests.faults.scale import Scale
from tests.faults.shown import promise_that_no_pause_is_seen, promise_that_the_pause_is_seen
from tests.faults.system import System
from tests.faults.time_passes import probes_are_due, rate_limits_pass, template_holds_age
from tests.faults.trial import Trial, trial
from tests.faults.waiting import holds_within, until

FAMILY: Final = 5
NO_LOAD: Final = Rates(sends=0, posts=0, written=0)
TOKEN_EXPIRED: Final = 190
PROBED_WITHIN: Final = 90.0
OUT_OF_ORDER: Final = 40
"""Places by which a message may go before an older one: two workers hold 16 calls each."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An error of Meta's, and what must become of the message that met it.

    Attributes:
        fault: for the simulator.
        ends: status once all is over.
        meanwhile: status while Meta's wait lasts; None: it is over in seconds.
    """

    fault: Mapping[str, Any]
    ends: str = "read"
    meanwhile: str | None = None


REFUSALS: Final[Mapping[str, Refused]] = {
    "retry": Refused({"fault": "error", "code": 131016, "http_status": 400}),
    "unclear, a server failed": Refused({"fault": "error", "code": 131016, "http_status": 503}),
    "retry, no code known to us but transient": Refused({"fault": "error", "code": 424242, "is_transient": True}),
    "retry later, pair": Refused({"fault": "error", "code": 131056}),
    "retry later, number": Refused({"fault": "error", "code": 130429}, meanwhile="queued"),
    "retry later, HTTP 429 without a code": Refused({"fault": "http_429"}, meanwhile="queued"),
    "retry later, WABA": Refused({"fault": "error", "code": 80007}, meanwhile="queued"),
    "retry later, app": Refused({"fault": "error", "code": 4}, meanwhile="queued"),
    "permanent": Refused({"fault": "error", "code": 131009}, "failed"),
    "recipient": Refused({"fault": "error", "code": 131026}, "failed"),
    "recipient, withheld": Refused({"fault": "error", "code": 131049}, "failed"),
    "not in the table": Refused({"fault": "error", "code": 987654}, "failed"),
    "failed in a receipt": Refused({"fault": "fail_later", "code": 131026}, "failed"),
    "held, then sent": Refused({"fault": "held"}),
}
CONFIG_CODES: Final = (190, 10, 131031, 131042, 131045, 133010)


def every_verdict_but_config(system: System, scale: Scale, seed: int) -> Ledger:
    """One message meets each verdict: it is retried, waits without spending attempts, or fails with its reason."""
    with trial(system, "5  refusals: retry, later, permanent …", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        one.tries_refusals = True
        at_once = {name: refused for name, refused in REFUSALS.items() if not refused.meanwhile}
        asked = {name: one.send_under(f"code{number}", at_once[name].fault) for number, name in enumerate(at_once)}
        for name, refused in at_once.items():
            _promise_end(one, name, asked[name], refused)
        for number, (name, refused) in enumerate(REFUSALS.items()):
            if refused.meanwhile:
                blocked = one.send_under(f"wait{number}", refused.fault)
                _waits_without_spending(one, blocked, name, refused.meanwhile)
                rate_limits_pass(system)
                _promise_end(one, name, blocked, refused)
    return one.ledger


def config_verdicts_pause_the_channel(system: System, scale: Scale, seed: int) -> Ledger:
    """Each configuration error pauses the channel, says why, keeps the queue, and a person or a probe resumes it."""
    with trial(system, "5  refusals: configuration", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        one.tries_refusals = True
        for number, code in enumerate(CONFIG_CODES):
            first = one.send_under(f"config{code}", {"fault": "error", "code": code})
            channel = until(lambda: _paused_channel(one), 20, f"the channel is paused for {code}")
            one.promise(channel["paused"]["code"] == code and channel["paused"]["advice"], f"it says why: {channel}")
            second = one.load.callers.send_now(f"behind{code}")
            one.promise(status_of(system, second.message_id) == "queued", "what comes meanwhile waits")
            promise_that_the_pause_is_seen(one, channel, code)
            if number % 2:
                probes_are_due(system)
            else:
                _resume(one, channel["id"])
            promise_that_no_pause_is_seen(one, channel["id"])
            for asked in (first, second):
                until(lambda a=asked: status_of(system, a.message_id) == "read", 20, f"all is sent after {code}")  # type: ignore[misc]
    return one.ledger


def template_verdicts_hold_that_template(system: System, scale: Scale, seed: int) -> Ledger:
    """A refused template is held with its messages; another template goes on; approval releases it."""
    with trial(system, "5  refusals: template", rates=NO_LOAD, seed=seed, settle=scale.settle) as one:
        one.tries_refusals = True
        held = one.send_under("template", {"fault": "error", "code": 132015})
        until(lambda: how_many(system, "SELECT count(*) FROM template_holds") == 1, 20, "the template is held")
        other = one.load.callers.send_now("other", template="hello_world")
        until(lambda: status_of(system, other.message_id) == "read", 20, "another template is sent")
        one.promise(status_of(system, held.message_id) == "queued", "the held one waits")
        template_holds_age(system)
        system.call_task("housekeeping.sync_templates")
        until(lambda: status_of(system, held.message_id) == "read", 20, "what was held is sent after all")
    return one.ledger


def token_expired_in_the_middle(system: System, scale: Scale, seed: int) -> Ledger:
    """The access token expires under load: the queue waits in its order, nothing fails, and goes on afterwards."""
    rates = Rates(sends=30, posts=8, written=10)
    with trial(system, "5  token expired mid-run", rates=rates, seed=seed, settle=scale.settle) as one:
        one.flows()
        system.meta.control("settings", token_expired=True)
        channel = until(lambda: _paused_channel(one), 20, "the channel is paused")
        one.promise(channel["paused"]["code"] == TOKEN_EXPIRED, f"it says why: {channel}")
        one.passes(scale.outage)
        one.promise(with_status(system, "failed") == 0, "nothing failed for it")
        system.meta.control("settings", token_expired=False)
        if scale.waits_out_leases:
            until(lambda: _paused_channel(one) is None, PROBED_WITHIN, "a probe resumes the channel by itself")
        else:
            _resume(one, channel["id"])
        one.flows()
    most = _most_overtaken(one)
    one.promise(most <= OUT_OF_ORDER, f"the queue keeps its order; a message was overtaken by {most} places")
    return one.ledger


def _promise_end(one: Trial, name: str, asked: Asked, refused: Refused) -> None:
    reached = holds_within(lambda: status_of(one.system, asked.message_id) == refused.ends, 30)
    one.promise(reached, f"{name}: ends {refused.ends}; is {status_of(one.system, asked.message_id)}")


def _waits_without_spending(one: Trial, asked: Asked, name: str, meanwhile: str) -> None:
    refused_once = "SELECT count(*) FROM attempts WHERE message_id = %s AND outcome = 'retry'"
    until(lambda: how_many(one.system, refused_once, asked.message_id) == 1, 20, f"{name}: is refused")
    is_now = status_of(one.system, asked.message_id)
    spent = how_many(one.system, "SELECT attempts_spent FROM messages WHERE id = %s", asked.message_id)
    one.promise(
        is_now == meanwhile and spent == 0, f"{name}: waits {meanwhile}, spends nothing; {is_now}, {spent} spent"
    )


def _paused_channel(one: Trial) -> dict[str, Any] | None:
    channels = one.api.get("/v1/channels")["data"]
    return next((channel for channel in channels if channel["paused"]), None)


def _resume(one: Trial, channel_id: str) -> None:
    answer = one.api.call("POST", f"/v1/channels/{channel_id}/resume")
    one.promise(answer is not None and answer.ok, "a person resumes the channel")


def _most_overtaken(one: Trial) -> int:
    """Return by how many places a message was sent later than the order in which it was accepted."""
    with one.system.database() as connection:
        ids = [
            row[0]
            for row in connection.execute("SELECT id::text FROM messages WHERE direction = 'outbound' ORDER BY id")
        ]
    sent = [send["callback_data"].partition(":")[0] for send in one.system.meta.look("sends")]
    place = {message_id: number for number, message_id in enumerate(ids)}
    return max((number - place[message_id] for number, message_id in enumerate(sent)), default=0)


FAULTS: Final = tuple(
    Fault(FAMILY, run)
    for run in (
        every_verdict_but_config,
        config_verdicts_pause_the_channel,
        template_verdicts_hold_that_template,
        token_expired_in_the_middle,
    )
)
