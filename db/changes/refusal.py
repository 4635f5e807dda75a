"""A change that cannot be made as things stand."""


class Refusal(Exception):
    """A change that is refused, with nothing done.

    Args:
        code: stable word for programs.
        detail: a sentence for people: no secret.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NotFoundError(Refusal):
    """There is no such thing, or it is another tenant's."""
