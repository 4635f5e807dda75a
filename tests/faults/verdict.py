"""Compares what was accepted with what became of it: lost, doubled, still unknown."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from tests.faults.audit import LADDER
from tests.faults.callers import Asked
from tests.faults.ledger import Ledger
from tests.faults.truth import Row, Sent, Truth

EVIDENCE = ("delivered", "read", "played")
STUCK = ("scheduled", "queued", "sending")
AT_META = LADDER[LADDER.index("accepted") :]


def judge(
    ledger: Ledger,
    truth: Truth,
    *,
    accepted: Iterable[Asked],
    acknowledged: Collection[str],
    receipts: Collection[tuple[str, str]],
    resent: Mapping[str, int],
) -> None:
    """Write the figures of a quiet system into a ledger.

    Args:
        ledger: of the trial.
        truth: both sides.
        accepted: sends that were answered with 200 or 202.
        acknowledged: wamids of inbound messages in webhooks of the suite that were answered with 200.
        receipts: (wamid, status) of receipts in such webhooks.
        resent: message id → how often a person had it sent again; nothing else excuses a second send.
    """
    _judge_inbound(ledger, truth, {*acknowledged, *(wamid for wamid, copies in truth.written.items() if copies)})
    for asked in accepted:
        _judge_send(ledger, truth, asked, resent)
    reported = {(one.wamid, status) for sends in truth.sent.values() for one in sends for status in one.statuses}
    _judge_receipts(ledger, truth, {*receipts, *reported})
    _judge_doubles(ledger, truth, Counter(resent))


def _judge_inbound(ledger: Ledger, truth: Truth, acknowledged: Collection[str]) -> None:
    ledger.accepted += len(acknowledged)
    missing = [wamid for wamid in acknowledged if wamid not in truth.inbound]
    visible = min(len(missing), truth.failed_events)
    ledger.effects += len(acknowledged) - len(missing) + visible
    ledger.lost += [f"{wamid}: acknowledged, not stored" for wamid in missing[visible:]]


def _judge_send(ledger: Ledger, truth: Truth, asked: Asked, resent: Mapping[str, int]) -> None:
    ledger.accepted += 1
    row = next((row for row in truth.rows.get(asked.reference, ()) if row.message_id == asked.message_id), None)
    why = "accepted, no row" if row is None else _why_lost(row, truth.sent.get(asked.reference, ()), resent)
    if why:
        ledger.lost.append(f"{asked.reference} {asked.message_id}: {why}")
        return
    ledger.effects += 1
    if row is not None and row.status == "unknown":
        ledger.unknown.append(f"{asked.reference} {asked.message_id}")


def _why_lost(row: Row, sent: Sequence[Sent], resent: Mapping[str, int]) -> str | None:
    """Say why a send is lost: it stands still, or its status says what is not so."""
    reported = {status for one in sent for status in one.statuses}
    if row.status in STUCK:
        return f"stands still in {row.status}"
    if row.status in AT_META and not sent:
        return f"is {row.status}, but Meta never got it"
    if row.status == "cancelled" and sent:
        return "is cancelled, but Meta got it"
    if (
        row.status == "failed"
        and sent
        and "failed" not in reported
        and not row.anomaly
        and not resent.get(row.message_id)
    ):
        return "is failed, but Meta accepted it"
    return _why_receipts_are_lost(row, reported)


def _why_receipts_are_lost(row: Row, reported: Collection[str]) -> str | None:
    climbed = [status for status in reported if status in LADDER]
    if row.status == "failed":
        hidden = [status for status in climbed if status in EVIDENCE and not row.anomaly]
        return f"is failed, and nothing tells that it was {hidden[0]}" if hidden else None
    if row.status in LADDER and climbed:
        best = max(climbed, key=LADDER.index)
        if LADDER.index(row.status) < LADDER.index(best):
            return f"is {row.status}, but {best} was acknowledged"
    if set(reported) == {"failed"}:
        return f"is {row.status}, but failed was acknowledged"
    return None


def _judge_receipts(ledger: Ledger, truth: Truth, acknowledged: Collection[tuple[str, str]]) -> None:
    ledger.accepted += len(acknowledged)
    missing = [receipt for receipt in acknowledged if receipt not in truth.receipts]
    ledger.effects += len(acknowledged) - len(missing)
    ledger.lost += [f"receipt {status} of {wamid}: acknowledged, not kept" for wamid, status in missing]


def _judge_doubles(ledger: Ledger, truth: Truth, resent: Counter[str]) -> None:
    ledger.doubled += [f"{wamid}: {count} inbound rows" for wamid, count in truth.inbound.items() if count > 1]
    for reference, rows in truth.rows.items():
        ledger.doubled += [f"{reference}: a second message {row.message_id}" for row in rows[1:]]
    for reference, sends in truth.sent.items():
        allowed = 1 + sum(resent[row.message_id] for row in truth.rows.get(reference, ()))
        ledger.doubled += [f"{reference}: Meta accepted it again as {one.wamid}" for one in sends[allowed:]]
