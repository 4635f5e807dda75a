"""Fault 9 in short."""

from tests.faults.families import poison
from tests.faults.short import assert_survives
from tests.faults.system import System


def test_an_inbound_message_that_always_raises_fails_visibly_and_alone(system: System) -> None:
    assert_survives(system, poison.inbound_message_that_always_raises)


def test_a_message_that_cannot_be_sent_fails_visibly_and_alone(system: System) -> None:
    assert_survives(system, poison.message_that_cannot_be_sent)


def test_a_channel_whose_token_cannot_be_read_stops_nobody_else(system: System) -> None:
    assert_survives(system, poison.channel_whose_token_cannot_be_read)


def test_a_message_that_is_refused_every_time_fails_visibly_and_can_be_sent_again(system: System) -> None:
    assert_survives(system, poison.message_that_meta_refuses_every_time)
