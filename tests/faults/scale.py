"""How often and how long things are broken: `make faults` and the short version in `make test`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Counts and seconds.

    Attributes:
        kills: SIGKILLs of workers; a quarter as many of the web.
        restarts: rounds of a rolling restart.
        outage: how long Redis or Postgres is away.
        freeze: how long Redis is frozen; above the workers' socket timeout of 5 s.
        lock: how long a lock is held on a hot table; above the web's lock timeout of 2 s.
        beat_dead: how long there is no beat.
        slow: how long a slow answer of Meta's takes; above the read timeout.
        repeats: of races and orders of receipts.
        waits_out_leases: True: leases of killed workers end by themselves; False: they are ended while no worker lives.
        settle: seconds within which all must be quiet after a fault.
    """

    kills: int
    restarts: int
    outage: float
    freeze: float
    lock: float
    beat_dead: float
    slow: float
    repeats: int
    waits_out_leases: bool
    settle: float


SHORT = Scale(
    kills=12,
    restarts=1,
    outage=1,
    freeze=6,
    lock=3,
    beat_dead=3,
    slow=2.5,
    repeats=12,
    waits_out_leases=False,
    settle=50,
)
LONG = Scale(
    kills=200,
    restarts=5,
    outage=10,
    freeze=30,
    lock=20,
    beat_dead=300,
    slow=30,
    repeats=200,
    waits_out_leases=True,
    settle=180,
)
