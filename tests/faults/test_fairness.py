"""One tenant's batch and another's invoice."""

from tests.faults.families import fairness, pacing
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_fifty_thousand_messages_of_a_tenant_delay_no_other_tenants_invoice_by_two_seconds(system: System) -> None:
    assert_survives(system, fairness.batch_beside_single_invoices)


def test_two_workers_share_the_pace_of_a_number_and_of_a_recipient(system: System) -> None:
    assert_survives(system, pacing.two_workers_share_a_pace)
