"""What can go wrong between us and the Graph API: as with any call, or Meta said no."""

from whatsapp.verdicts import ErrorRule
from wire.failures import CallFailure

GraphFailure = CallFailure
"""What every call of the Graph API may raise: NotSent, OutcomeUnknown, Refused."""


class Refused(GraphFailure):
    """Meta said no; `rule` says what that means. Title, details and user message may name the recipient: its text
    holds none of them."""

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
