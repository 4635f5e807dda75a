"""Every lease, timeout and threshold of the machinery with its reason."""

from dataclasses import dataclass

CONNECT_TRIES = 3
"""Tries of a request that provably did not leave, within one attempt (wire.exchange)."""
CONNECT_PAUSES_SECONDS = 1.1
"""Between these tries, jitter included."""
MARGIN_SECONDS = 5.0
"""For a process that is not scheduled at once, and for writing down what came of a call."""
RECORDING_MARGIN_SECONDS = 1.0
"""For writing down what came of a call, when somebody waits for the worker's end."""
MOST_PAIR_BURST = 45
"""Meta: About the platform, pair rate limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In seconds, unless the name says otherwise."""

    graph_connect_seconds: float = 3.05
    """A little above 3, the first repeat of a lost SYN."""
    graph_read_seconds: float = 10.0
    """Meta answers in 0.3 s as a rule. Shorter makes more unknowns, longer holds a thread."""
    proving_seconds: float = 4.0
    """For asking Meta whose number it is while somebody waits for POST /v1/channels; longer is not waited for, the
    channel is connected all the same and the number is proved by the next check."""
    claiming_seconds: float = 5.0
    """How long a sending task claims; it ends with its last call. Longer delays a stop, shorter costs more rings."""
    send_lease_seconds: float = 60.0
    """A claimed message belongs to its worker so long; after it, the worker is gone and the outcome unknown."""
    send_attempts: int = 5
    """Calls for one message. Meta's hiccups of seconds pass within the first three, one of minutes within five; who is
    refused five times waits for a person instead of calling on."""
    patience_seconds: float = 86_400.0
    """How long rate limits may put a message off. A document that could not leave for a day is old news: whether it
    still goes out is for a person to say."""
    keys_kept_seconds: float = 604_800.0
    """Idempotency keys: longer than any caller retries one request. Documents keep their own key for ever."""
    worker_stop_seconds: float = 14.5
    """What a stopping worker has for its running calls; then the supervisor kills it. A whole stop has 30 s."""
    ingest_lease_seconds: float = 30.0
    """A claimed inbox row is left alone so long: what a killed worker held comes late by this."""
    ingest_attempts: int = 5
    """A row that fails as often is poison: it ends as a failed event, listed and replayable."""
    ingest_claims: int = 10
    """So does a row whose attempts do not even end, as it ends its process. More: restarts hit rows by chance."""
    ingest_retry_seconds: float = 5.0
    """Before a row that failed is tried again; times the number of attempts."""
    draining_seconds: float = 5.0
    """How long an ingest task takes new rows, so that a stop is quick and the queue's other tasks get their turn."""
    giving_back_seconds: float = 15.0
    """How long giving back rows that met Postgres's trouble is tried; after it they wait for the end of their lease."""
    web_lock_seconds: float = 2.0
    """A request waits so long for a lock of Postgres's before its 503: whoever asks is not kept waiting."""
    web_statement_seconds: float = 5.0
    """The longest statement of a request takes far under one second."""
    worker_lock_seconds: float = 10.0
    """A worker waits so long for a lock of Postgres's."""
    worker_statement_seconds: float = 20.0
    """The largest batch takes under one second; a statement that takes this long is stuck."""
    task_soft_seconds: float = 45.0
    task_hard_seconds: float = 60.0
    """Celery kills the child after this: the last resort against a call that never ends."""
    visibility_seconds: float = 300.0
    """A Redis broker gives a task out again after this: harmless, as tasks are doorbells, but useless work."""
    sweep_seconds: float = 2.0
    """Whatever ring got lost, due rows are late by this. One query on two small indexes each time."""
    abandoned_tick_seconds: float = 5.0
    """A message whose worker died is called unknown this long after its lease: little beside the lease itself."""
    receipts_tick_seconds: float = 10.0
    """A receipt that came before its message's wamid shows so late: it waits for a send's recording, mostly seconds."""
    silence_tick_seconds: float = 5.0
    """Messages of unknown outcome are due at moments of their own; nobody notices five seconds after a quarter hour."""
    probe_tick_seconds: float = 15.0
    """Paused channels are due at moments of their own; half of the first pause."""
    brakes_tick_seconds: float = 30.0
    """How often a slowed number is let go a step faster: Meta's own windows are minutes."""
    first_templates_tick_seconds: float = 30.0
    """A channel that was just connected has its templates after this, while its owner still looks at the page."""
    templates_tick_seconds: float = 600.0
    """How often the templates of all accounts are read, one request an account: approvals take Meta minutes to days."""
    tokens_tick_seconds: float = 600.0
    """How often tokens are looked for whose daily check is due: a few at a time, so that Meta is asked evenly."""
    qr_fetch_tick_seconds: float = 2.0
    """A session that waits for its scan shows the next QR after this: a code is good for some 20 s."""
    qr_forget_tick_seconds: float = 10.0
    """A QR that nobody scanned is gone from our rows this long after its end."""
    session_silence_tick_seconds: float = 60.0
    """How often silent sessions are looked for: their silence is counted in hours."""
    alarms_tick_seconds: float = 5.0
    """An alarm is posted so long after it was raised, or after its next try was due."""
    old_alarms_tick_seconds: float = 3_600.0
    """How often alarms are removed that are told and old."""
    lookups_tick_seconds: float = 5.0
    """A new contact is asked about so long after the first message, or after the next try was due."""
    partitions_tick_seconds: float = 3_600.0
    """How often partitions are made ahead, days before they are needed: some failures in a row do no harm."""
    keys_tick_seconds: float = 3_600.0
    """How often idempotency keys whose time is over are removed."""
    read_marks_tick_seconds: float = 30.0
    """Read marks are told at a ring; one that was lost leaves a customer's ticks grey for this long."""
    files_tick_seconds: float = 3_600.0
    """How often files whose time is over are removed: their tenants count it in days."""
    retention_tick_seconds: float = 3_600.0
    """How often what has outlived its time is taken away: it is counted in days."""
    unknown_silence_seconds: float = 900.0
    """How long a message of unknown outcome waits for a receipt before silence may count. A sent receipt takes seconds,
    also when the customer's phone is off; a quarter of an hour outlasts Meta's usual hiccups, early for an invoice."""
    unknown_recheck_seconds: float = 60.0
    """When silence does not count yet, it is looked at again after this."""
    unknown_witnesses: int = 3
    """So many neighbours in time must have brought receipts (db.queries.unknown): Meta's webhooks reached us then."""
    unknown_near_seconds: float = 60.0
    """Who was sent this close to a message shared its fate; a receipt within this came without a retry of Meta's."""
    unknown_queued_before_seconds: float = 600.0
    """How long before its call a neighbour may have been created: bounds how many messages are looked at."""
    inbox_is_current_seconds: float = 10.0
    """A webhook that waits longer in our inbox could be the very receipt: until then silence proves nothing."""
    pair_interval_seconds: float = 6.0
    """Meta: About the platform, pair rate limits. One message to a recipient every six seconds …"""
    pair_burst: int = 40
    """… of which some may be sent at once and paid off later; Meta allows MOST_PAIR_BURST, its clock is not ours."""
    probe_first_seconds: float = 30.0
    """When a paused channel is first asked again: long enough for a person to see the alarm, short for a hiccup."""
    probe_cap_seconds: float = 900.0
    """Each further probe waits twice as long, up to this: a repaired channel sends again within 15 minutes."""
    probes_at_once: int = 20
    """Channels probed together: when Meta hangs, all of them take as long as one."""
    silence_gaps: int = 8
    """A connected session that is silent for so many of its usual gaps is asked how it is. Fewer: every lunch break is
    an alarm; more: a dead line is found a day late."""
    silence_gap_weight: float = 0.1
    """Of the newest gap in the usual one: about the last twenty count."""
    silence_least_seconds: float = 3_600.0
    """However busy it is: an hour without anything is no alarm yet."""
    silence_most_seconds: float = 86_400.0
    """However quiet it is: a whole day without anything is looked at."""
    callback_first_seconds: float = 10.0
    """An alarm that was not taken is posted again after this: a restart of the other side …"""
    callback_growth: int = 6
    """… and each time after so many times as long: 10 s, 1 min, 6 min, 36 min, 3.6 h, …"""
    callback_cap_seconds: float = 21_600.0
    """… up to this."""
    callback_attempts: int = 9
    """A day in all: who does not take alarms for so long looks at the page."""
    callback_seconds: float = 20.0
    """The whole of one post to a tenant's system, its answer included: below what a task has."""
    lookup_attempts: int = 5
    """A question about a contact is asked for three quarters of an hour: then whoever answers the thread has done
    without, and may ask again."""
    lookups_overlap_seconds: float = 600.0
    """New contacts are looked for so far back: an id is older than the commit that shows it, by what a task may run,
    and by the difference of the clocks."""
    lookups_at_once: int = 20
    """Questions asked together."""
    template_release_seconds: float = 600.0
    """A held template is tried again when Meta's list calls it approved and the refusal is as old: the list may lag."""
    template_retry_seconds: float = 3_600.0
    """A held template is tried again when nobody can tell whether Meta approves of it."""

    @property
    def recording_seconds(self) -> float:
        """How long the outcome of a call is tried to be written while Postgres is away: within the message's lease."""
        return max(0.0, min(15.0, self.send_lease_seconds - self.longest_call_seconds - MARGIN_SECONDS))

    @property
    def pair_debt_seconds(self) -> float:
        """How far a recipient's messages may run ahead of the pair rate."""
        return self.pair_burst * self.pair_interval_seconds

    @property
    def longest_call_seconds(self) -> float:
        """The longest that one attempt can take."""
        return CONNECT_TRIES * self.graph_connect_seconds + CONNECT_PAUSES_SECONDS + self.graph_read_seconds

    @property
    def longest_last_call_seconds(self) -> float:
        """The same once the worker stops: what did not leave is put back instead of tried again."""
        return self.graph_connect_seconds + self.graph_read_seconds


DEFAULTS = Limits()
