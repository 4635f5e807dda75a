"""The one error of this package."""


class StartFailure(Exception):
    """Something could not be started; the message is one line that says what to do."""
