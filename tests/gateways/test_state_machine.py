"""One state machine for all gateways: every word, every order (S3.8 to S3.15, S3.22, S3.31; reference D4)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways import words
from gateways.items import SessionEvent, Unhandled
from gateways.kinds import Kind
from gateways.payload import split
from gateways.state_machine import HeardSignal, SessionState, Signal, after, bucket, flags, transitions
from tests.gateways.bodies import QR, evolution, waha, wppconnect, wwebjs

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STATES = list(SessionState)

WORDS = [
    (Kind.WWEBJS, wwebjs("qr", {"qr": QR}), "qr_generated"),
    (Kind.WWEBJS, wwebjs("code", {"code": "AB12CD34"}), "qr_generated"),
    *((Kind.WWEBJS, wwebjs("change_state", {"state": state}), "connecting") for state in ("OPENING", "PAIRING", "TIMEOUT", "connecting")),
    (Kind.WWEBJS, wwebjs("loading_screen", {"percent": 75, "message": "WhatsApp"}), "loading"),
    (Kind.WWEBJS, wwebjs("authenticated"), "authenticated"),
    (Kind.WWEBJS, wwebjs("ready"), "session_connected"),
    (Kind.WWEBJS, wwebjs("change_state", {"state": "CONNECTED"}), "session_connected"),
    (Kind.WWEBJS, wwebjs("disconnected", {"reason": "LOGOUT"}), "session_not_connected"),
    (Kind.WWEBJS, wwebjs("disconnected", {"reason": "Max qrcode retries reached"}), "session_not_connected"),
    *(
        (Kind.WWEBJS, wwebjs("change_state", {"state": state}), "session_not_connected")
        for state in ("UNPAIRED", "UNPAIRED_IDLE", "UNLAUNCHED", "CONFLICT", "disconnected")
    ),
    (Kind.WWEBJS, wwebjs("auth_failure", {"msg": "Invalid QR scan"}), "auth_failure"),
    (Kind.WWEBJS, wwebjs("status", {"msg": "Invalid QR scan"}), "auth_failure"),
    *(
        (Kind.WWEBJS, wwebjs("change_state", {"state": state}), "error")
        for state in ("DEPRECATED_VERSION", "PROXYBLOCK", "TOS_BLOCK", "SMB_TOS_BLOCK")
    ),
    (Kind.WWEBJS, wwebjs("disconnected", {"reason": "TOS_BLOCK"}), "error"),
    *(
        (Kind.WAHA, waha("session.status", {"name": "shop", "status": status}), state)
        for status, state in (
            ("SCAN_QR_CODE", "qr_generated"),
            ("STARTING", "connecting"),
            ("WORKING", "session_connected"),
            ("STOPPED", "session_not_connected"),
            ("FAILED", "error"),
            ("PASSKEY_REQUIRED", "action_required"),
            ("PASSKEY_CONFIRMATION_REQUIRED", "action_required"),
        )
    ),
    (Kind.EVOLUTION, evolution("qrcode.updated", {"qrcode": {"instance": "shop", "code": QR}}), "qr_generated"),
    (Kind.EVOLUTION, evolution("QRCODE_UPDATED", {"qrcode": {"instance": "shop", "code": QR}}), "qr_generated"),
    (Kind.EVOLUTION, evolution("qrcode.updated", {"message": "QR code limit reached", "statusCode": 500}), "error"),
    *(
        (Kind.EVOLUTION, evolution("connection.update", {"instance": "shop", "state": told, "statusReason": reason}), state)
        for told, reason, state in (
            ("connecting", 200, "connecting"),
            ("open", 200, "session_connected"),
            ("refused", 403, "auth_failure"),
            *(("close", code, "connecting") for code in (408, 428, 440, 500, 503, 515)),
            ("close", 401, "auth_failure"),
            ("close", 403, "auth_failure"),
            ("close", 402, "session_not_connected"),
            ("close", 406, "session_not_connected"),
            ("close", None, "session_not_connected"),
        )
    ),
    (Kind.EVOLUTION, evolution("status.instance", {"status": "closed", "disconnectionReasonCode": 401}), "auth_failure"),
    *((Kind.EVOLUTION, evolution(event, {"instance": "shop"}), "stopped") for event in ("logout.instance", "remove.instance")),
    (Kind.WPPCONNECT, wppconnect("qrcode", qrcode="iVBORw0KGgo=", urlcode=QR), "qr_generated"),
    (Kind.WPPCONNECT, wppconnect("phoneCode", phoneCode="AB12CD34", phone="18295550142"), "qr_generated"),
    *(
        (Kind.WPPCONNECT, wppconnect("status-find", status=status), state)
        for status, state in (
            ("notLogged", "connecting"),
            ("qrReadSuccess", "authenticated"),
            ("isLogged", "session_connected"),
            ("inChat", "session_connected"),
            ("qrReadFail", "auth_failure"),
            ("qrReadError", "auth_failure"),
            ("autocloseCalled", "session_not_connected"),
            ("browserClose", "session_not_connected"),
            ("desconnectedMobile", "session_not_connected"),
            ("phoneNotConnected", "session_not_connected"),
            ("serverClose", "session_not_connected"),
        )
    ),
    (Kind.WPPCONNECT, wppconnect("closesession", message="closed", connected=False), "session_not_connected"),
    (Kind.WPPCONNECT, wppconnect("logoutsession", message="logged out", connected=False), "stopped"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "state"), WORDS)
def test_every_word_of_every_gateway_has_its_state(kind: Kind, body: bytes, state: str) -> None:
    """S3.10, S3.13: auth_failure goes out under the name status; S3.14."""
    (item,) = split(kind, body)
    assert isinstance(item, SessionEvent)
    assert item.signal.state == state


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.WWEBJS, wwebjs("change_state", {"state": "BRAND_NEW"})),
        (Kind.WAHA, waha("session.status", {"status": "BRAND_NEW"})),
        (Kind.EVOLUTION, evolution("connection.update", {"state": "brandnew"})),
        (Kind.WPPCONNECT, wppconnect("status-find", status="brandNew")),
    ],
)
def test_a_word_nobody_knows_moves_nothing_and_is_kept(kind: Kind, body: bytes) -> None:
    (item,) = split(kind, body)
    assert isinstance(item, Unhandled)
    assert item.reason == "unknown_state"


FLAGS = {
    "initial": (False, False, False, False),
    "qr_generated": (False, True, False, False),
    "connecting": (False, False, True, False),
    "loading": (False, False, True, False),
    "authenticated": (False, False, False, False),
    "session_connected": (True, False, False, False),
    "session_not_connected": (False, False, False, False),
    "auth_failure": (False, False, False, True),
    "error": (False, False, False, True),
    "action_required": (False, False, False, False),
    "stopped": (False, False, False, False),
}


@pytest.mark.parametrize("state", STATES)
def test_the_flags_of_every_raw_status_are_those_of_s3_22(state: SessionState) -> None:
    found = flags(state, has_qr=True)
    assert (found.is_connected, found.needs_qr, found.is_loading, found.has_error) == FLAGS[state]


def test_a_qr_is_needed_only_while_there_is_one() -> None:
    assert not flags("qr_generated", has_qr=False).needs_qr


@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans())))
def test_the_summary_counts_every_session_once(sessions: list[tuple[SessionState, bool]]) -> None:
    buckets = [bucket(state, has_qr=has_qr) for state, has_qr in sessions]
    assert set(buckets) <= {"connected", "disconnected", "loading", "needsQR", "error"}


def heard(signal: Signal, seconds: int, *, happened: int | None = None) -> HeardSignal:
    happened_at = None if happened is None else NOON + timedelta(seconds=happened)
    return HeardSignal(signal, happened_at, NOON + timedelta(seconds=seconds), f"{signal.word} {seconds} {happened}")


def state_after(*signals: HeardSignal) -> SessionState:
    return transitions(signals)[-1].after


READY = Signal("ready", SessionState.SESSION_CONNECTED)
WORKING, STARTING = words.WAHA_STATUSES["WORKING"], words.WAHA_STATUSES["STARTING"]
SCAN, FAILED, STOPPED = (words.WAHA_STATUSES[word] for word in ("SCAN_QR_CODE", "FAILED", "STOPPED"))
LOADING = Signal("loading_screen", SessionState.LOADING, is_step=True)


@pytest.mark.parametrize(
    "step",
    [LOADING, words.WWEBJS_STATES["OPENING"], words.EVOLUTION_STATES["connecting"], words.WPPCONNECT_STATUSES["qrReadSuccess"]],
)  # fmt: skip
def test_a_step_that_arrives_after_the_connection_does_not_undo_it(step: Signal) -> None:
    assert state_after(heard(READY, 1), heard(step, 2)) == "session_connected"


def test_a_step_counts_again_once_the_connection_was_lost() -> None:
    lost = Signal("NAVIGATION", SessionState.SESSION_NOT_CONNECTED)
    assert state_after(heard(READY, 1), heard(lost, 2), heard(LOADING, 3)) == "loading"


def test_a_lost_phone_is_connecting_and_no_step() -> None:
    assert state_after(heard(READY, 1), heard(words.WWEBJS_STATES["TIMEOUT"], 2)) == "connecting"


def test_a_qr_after_the_connection_is_a_new_pairing() -> None:
    assert state_after(heard(READY, 1), heard(Signal("qr", SessionState.QR_GENERATED), 2)) == "qr_generated"


def test_a_late_event_with_an_older_source_time_changes_nothing() -> None:
    assert state_after(heard(WORKING, 5, happened=4), heard(STARTING, 9, happened=1)) == "session_connected"


def test_failed_straight_after_the_qr_is_a_failed_login_even_when_it_arrives_first() -> None:
    assert state_after(heard(SCAN, 1, happened=1), heard(FAILED, 2, happened=2)) == "auth_failure"
    assert state_after(heard(FAILED, 3, happened=2), heard(SCAN, 5, happened=1)) == "auth_failure"
    assert state_after(heard(WORKING, 1, happened=1), heard(FAILED, 2, happened=2)) == "error"


def test_our_own_stop_is_not_renamed_by_the_gateways_echo_of_it() -> None:
    ours = Signal("stop", SessionState.STOPPED)
    assert state_after(heard(WORKING, 1), heard(ours, 2), heard(STOPPED, 3)) == "stopped"


def test_a_gateway_whose_clock_is_ahead_does_not_freeze_its_session() -> None:
    assert state_after(heard(WORKING, 1, happened=3600), heard(STOPPED, 2, happened=2)) == "session_not_connected"


SIGNALS = [
    *words.WWEBJS_STATES.values(), *words.WAHA_STATUSES.values(), *words.EVOLUTION_STATES.values(),
    *words.WPPCONNECT_STATUSES.values(), LOADING, READY,
]  # fmt: skip
HEARD = st.builds(
    heard,
    st.sampled_from(SIGNALS),
    st.integers(0, 20),
    happened=st.one_of(st.none(), st.integers(-5, 25)),
)


@given(
    st.lists(HEARD, min_size=1, max_size=12).flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_ * 2)))
)
def test_order_of_arrival_and_repeats_never_matter(drawn: tuple[list[HeardSignal], list[HeardSignal]]) -> None:
    """S3.31."""
    once, mixed = drawn
    assert transitions(mixed) == transitions(once)


@given(st.lists(HEARD, min_size=1, max_size=12), HEARD)
def test_what_is_older_than_everything_known_never_takes_the_connection_away(
    known: list[HeardSignal], late: HeardSignal
) -> None:
    newest = heard(WORKING, 30, happened=30)
    assert state_after(*known, newest, late) == "session_connected"


@given(st.sampled_from(STATES), st.sampled_from([one for one in SIGNALS if not one.unless_after]))
def test_a_repeated_signal_leads_where_the_first_one_did(state: SessionState, signal: Signal) -> None:
    reached = after(state, signal)
    assert after(reached, signal) == reached
