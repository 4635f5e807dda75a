"""Toasts: what a change came to, told on the next page."""

from flask import flash

from messaging.sentences import Sentence
from web.people.language import said


def tell(sentence: Sentence) -> None:
    """Tell that something was done."""
    flash(said(sentence), "success")


def tell_failure(sentence: object) -> None:
    """Tell why something was not done, and what to do."""
    flash(said(sentence), "danger")
