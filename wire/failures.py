"""How a call to somebody else's server can fail without a no: it did not leave, or nobody knows.

Texts hold no token, phone number or body. Transport errors carry URLs and headers: none is chained.
"""


class CallFailure(Exception):
    """A call did not bring what it should."""


class NotSent(CallFailure):
    """The request provably did not leave: refused, no address, no connection in time, no TLS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutcomeUnknown(CallFailure):
    """The request may have had its effect: an answer is missing, or says neither yes nor no."""

    def __init__(self, reason: str, http_status: int | None = None) -> None:
        super().__init__(reason, http_status)
        self.reason = reason
        self.http_status = http_status
