"""Messages beside those of unknown outcome, whose receipts come as they should."""

from tests.faults.rows import how_many
from tests.faults.trial import Trial
from tests.faults.waiting import until

_WITHOUT_RECEIPT = "SELECT count(*) FROM messages WHERE status IN ('queued', 'sending', 'accepted')"


def prove_that_receipts_come(one: Trial) -> None:
    """Send some messages more, then none, and wait until each has its receipts: whoever is silent now is alone."""
    one.flows()
    one.load.send_no_more()
    until(lambda: how_many(one.system, _WITHOUT_RECEIPT) == 0, 20, "all that Meta accepted has its receipts")
