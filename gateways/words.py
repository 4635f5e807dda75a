"""The state words of every gateway, and what each says about the session."""

from collections.abc import Iterable, Mapping

from gateways.state_machine import SessionState, Signal

WHATSAPP_BLOCKS = ("DEPRECATED_VERSION", "PROXYBLOCK", "TOS_BLOCK", "SMB_TOS_BLOCK")


def _signals(words: Iterable[str], state: SessionState, *, is_step: bool = False) -> dict[str, Signal]:
    return {word: Signal(word, state, is_step) for word in words}


WWEBJS_STATES: Mapping[str, Signal] = {
    **_signals(["OPENING", "PAIRING", "connecting"], SessionState.CONNECTING, is_step=True),
    **_signals(["TIMEOUT"], SessionState.CONNECTING),
    **_signals(["CONNECTED"], SessionState.SESSION_CONNECTED),
    **_signals(
        ["UNPAIRED", "UNPAIRED_IDLE", "UNLAUNCHED", "CONFLICT", "disconnected"], SessionState.SESSION_NOT_CONNECTED
    ),
    **_signals(WHATSAPP_BLOCKS, SessionState.ERROR),
}
"""`state` of change_state: whatsapp-web.js WAState, and the founding document's own words."""

WAHA_STATUSES: Mapping[str, Signal] = {
    **_signals(["STARTING"], SessionState.CONNECTING),
    **_signals(["SCAN_QR_CODE"], SessionState.QR_GENERATED),
    **_signals(["PASSKEY_REQUIRED", "PASSKEY_CONFIRMATION_REQUIRED"], SessionState.ACTION_REQUIRED),
    **_signals(["WORKING"], SessionState.SESSION_CONNECTED),
    **_signals(["STOPPED"], SessionState.SESSION_NOT_CONNECTED),
    "FAILED": Signal("FAILED", SessionState.ERROR, unless_after={SessionState.QR_GENERATED: SessionState.AUTH_FAILURE}),
}
"""`status` of session.status (WAHA: Sessions). Straight after SCAN_QR_CODE, FAILED says that nobody scanned."""

EVOLUTION_STATES: Mapping[str, Signal] = {
    # Evolution says close before it connects anew, so that `connecting` alone never ends a connection.
    **_signals(["connecting"], SessionState.CONNECTING, is_step=True),
    **_signals(["open"], SessionState.SESSION_CONNECTED),
    **_signals(["refused"], SessionState.AUTH_FAILURE),
}
"""`state` of connection.update, but for close, which its reason decides."""

EVOLUTION_LOGGED_OUT = frozenset({401, 403})
EVOLUTION_TRANSIENT = frozenset({408, 428, 440, 500, 503, 515})
"""Baileys' DisconnectReason after which Evolution connects again by itself: timed out, closed, replaced, bad session,
unavailable, restart required."""

WPPCONNECT_STATUSES: Mapping[str, Signal] = {
    **_signals(["notLogged"], SessionState.CONNECTING, is_step=True),
    **_signals(["qrReadSuccess"], SessionState.AUTHENTICATED, is_step=True),
    **_signals(["isLogged", "inChat"], SessionState.SESSION_CONNECTED),
    **_signals(["qrReadFail", "qrReadError"], SessionState.AUTH_FAILURE),
    **_signals(
        ["autocloseCalled", "browserClose", "desconnectedMobile", "phoneNotConnected", "serverClose"],
        SessionState.SESSION_NOT_CONNECTED,
    ),
}
"""`status` of status-find (WPPConnect: StatusFind; desconnectedMobile is spelt so)."""
