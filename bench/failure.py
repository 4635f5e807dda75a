"""The one error of this package."""


class BenchFailure(Exception):
    """A measurement is not possible or not true; the message is one line that says why."""
