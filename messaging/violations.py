"""The one error that every rule here raises when input is refused."""


class Violation(ValueError):
    """A value breaks a rule; `detail` tells a person what to do and never repeats the value.

    Args:
        detail: one sentence for the sender of the value.
        at: JSON pointer below the checked value ("body/1"), "" when it is the value itself.
    """

    def __init__(self, detail: str, at: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.at = at
