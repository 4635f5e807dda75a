"""Messages beside those of unknown outcome, whose receipts come as they should."""

from typing import Final

from tests.faults.rows import how_many
from tests.faults.trial import Trial
from tests.faults.waiting import until

WITHIN_SECONDS: Final = 60.0
"""Above the leases of the suite (environment.OF_THE_SUITE): what a killed worker held is taken up again after them."""
_WITHOUT_RECEIPT: Final = "SELECT count(*) FROM messages WHERE status IN ('queued', 'sending', 'accepted')"


def prove_that_receipts_come(one: Trial) -> None:
    """Send some messages more, then none, and wait until each has its receipts: whoever is silent now is alone."""
    one.flows()
    one.load.send_no_more()
    until(
        lambda: how_many(one.system, _WITHOUT_RECEIPT) == 0, WITHIN_SECONDS, "all that Meta accepted has its receipts"
    )
