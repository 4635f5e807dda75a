"""Fault 5 in short: answers that are lost, broken or never given."""

from tests.faults.families import meta, persons
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_an_answer_lost_after_acceptance_is_settled_by_receipts_and_never_sent_twice(system: System) -> None:
    assert_survives(system, meta.answers_lost_after_acceptance)


def test_what_never_arrived_is_sent_once_more_after_silence_among_witnesses(system: System) -> None:
    assert_survives(system, meta.no_answer_and_not_accepted)


def test_silence_while_nobodys_receipts_come_proves_nothing(system: System) -> None:
    assert_survives(system, meta.silence_without_witnesses)


def test_silence_after_our_own_outage_proves_nothing(system: System) -> None:
    assert_survives(system, meta.receipts_held_back_by_our_own_outage)


def test_refused_connections_leave_nothing_unclear(system: System) -> None:
    assert_survives(system, meta.connections_refused)


def test_what_nothing_may_send_again_is_left_to_a_person_who_settles_it_either_way(system: System) -> None:
    assert_survives(system, persons.unknown_left_to_a_person)
