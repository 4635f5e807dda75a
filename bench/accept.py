"""How many webhooks are accepted a second, durable, with the workers stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import webhooks
from bench.comparison import NOTHING, TUTORIAL, Comparison
from bench.failure import BenchFailure
from bench.plan import Plan
from bench.prepared import write_requests
from bench.system import WEB, System
from bench.table import Row
from bench.wrk import Load, run_wrk

TARGET = 3_500.0
TARGET_RATIO = 2.5
CONNECTIONS = 64
"""As many as two processes of 32 threads serve at once."""
DISTINCT = 50_000
"""Bodies before they begin anew: nothing in accepting a webhook looks at what was accepted before."""
WARM_UP_SECONDS = 3.0


@dataclass(slots=True)
class Contender:
    """A server in the comparison, with what its rounds came to."""

    name: str
    port: int
    loads: list[Load] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Median of the rounds."""
        return median(load.per_second for load in self.loads)

    @property
    def latency(self) -> str:
        """Medians of the rounds' percentiles."""
        p50, p99 = (median(values) for values in zip(*((load.p50, load.p99) for load in self.loads), strict=True))
        return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def measure(system: System, plan: Plan, say: Callable[[str], None]) -> list[Row]:
    """Return the figures of accepting webhooks; rounds of the contenders alternate.

    Raises:
        BenchFailure: more was acknowledged than stored.
    """
    comparison = Comparison(system)
    comparison.make_database(system)
    requests = system.directory / "webhooks"
    messages = [webhooks.unknown_message() for _ in range(DISTINCT)]
    write_requests(requests, map(webhooks.signed_request, webhooks.bodies(messages, ["delivered"])))
    ours = Contender("Paperboy", system.web_port)
    nothing = Contender("nothing", comparison.nothing_port)
    tutorial = Contender("delay()", comparison.tutorial_port)
    with system.running(WEB), system.running(NOTHING, TUTORIAL, more=comparison.environment):
        for contender in (ours, nothing, tutorial):
            run_wrk(contender.port, requests, seconds=WARM_UP_SECONDS, connections=CONNECTIONS)
        for _ in range(plan.rounds):
            _round(system, ours, requests, plan, say)
            for contender in (nothing, tutorial):
                _load(contender, requests, plan, say)
                comparison.forget_tasks()
    return _rows(ours, nothing, tutorial)


def _round(system: System, ours: Contender, requests: Path, plan: Plan, say: Callable[[str], None]) -> None:
    """One of ours: afterwards as many rows as acknowledgements must be there."""
    with system.connect() as connection:
        connection.execute("TRUNCATE inbox, inbox_queue")
        _load(ours, requests, plan, say)
        row = connection.execute("SELECT count(*) FROM inbox").fetchone()
        connection.execute("TRUNCATE inbox, inbox_queue")
    stored, acknowledged = row[0] if row else 0, ours.loads[-1].accepted
    if stored < acknowledged:
        raise BenchFailure(f"{acknowledged} webhooks were acknowledged but only {stored} are stored")


def _load(contender: Contender, requests: Path, plan: Plan, say: Callable[[str], None]) -> None:
    load = run_wrk(contender.port, requests, seconds=plan.round_seconds, connections=CONNECTIONS)
    contender.loads.append(load)
    say(f"  {contender.name:<10} {load.per_second:8,.0f}/s, p50 {load.p50:.1f} ms, p99 {load.p99:.1f} ms{_lost(load)}")


def _lost(load: Load) -> str:
    return f", {load.refused} refused, {load.unanswered} unanswered" if load.refused or load.unanswered else ""


def _rows(ours: Contender, nothing: Contender, tutorial: Contender) -> list[Row]:
    return [
        Row("webhooks accepted, durable", ours.per_second, target=TARGET, remarks=ours.latency),
        Row("the same Flask app doing nothing", nothing.per_second, remarks=nothing.latency),
        Row("tutorial: `delay()` for each webhook, not durable", tutorial.per_second, remarks=tutorial.latency),
        Row("accepted ÷ tutorial", _ratio(ours, tutorial), "×", TARGET_RATIO, "median of the rounds' ratios"),
        Row("accepted ÷ doing nothing", _ratio(ours, nothing), "×"),
    ]


def _ratio(one: Contender, other: Contender) -> float:
    return median(a.per_second / b.per_second for a, b in zip(one.loads, other.loads, strict=True))
