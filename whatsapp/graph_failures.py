"""What can go wrong between us and the Graph API, in the three kinds that are treated differently.

Their texts hold no token, phone number or body. Transport errors carry URLs and headers: none is chained.
"""

from whatsapp.verdicts import ErrorRule


class GraphFailure(Exception):
    """A call did not bring what it should."""


class NotSent(GraphFailure):
    """The request provably did not leave: refused, no address, no connection in time, no TLS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutcomeUnknown(GraphFailure):
    """The request may have had its effect: an answer is missing, or says neither yes nor no."""

    def __init__(self, reason: str, http_status: int | None = None) -> None:
        super().__init__(reason, http_status)
        self.reason = reason
        self.http_status = http_status


class Refused(GraphFailure):
    """Meta said no; `rule` says what that means. Title, details and user message may name the recipient."""

    def __init__(
        self,
        *,
        code: int | None,
        subcode: int | None,
        http_status: int,
        title: str | None,
        details: str | None,
        user_message: str | None,
        fbtrace_id: str | None,
        is_transient: bool | None,
        rule: ErrorRule,
    ) -> None:
        super().__init__(f"code {code}, subcode {subcode}, HTTP {http_status}: {rule.verdict}, trace {fbtrace_id}")
        self.code = code
        self.subcode = subcode
        self.http_status = http_status
        self.title = title
        self.details = details
        self.user_message = user_message
        self.fbtrace_id = fbtrace_id
        self.is_transient = is_transient
        self.rule = rule
