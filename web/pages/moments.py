"""Times as people read them, in the page's language. All are UTC, and say so."""

from datetime import UTC, datetime, timedelta

from babel.dates import format_datetime, format_timedelta
from flask import Flask
from markupsafe import Markup

from web.people.language import gettext, language


def install_moments(app: Flask) -> None:
    """Let templates write times: the filters `ago` and `moment`."""
    app.jinja_env.filters["ago"] = ago
    app.jinja_env.filters["moment"] = moment


def moment(at: datetime) -> str:
    """Return a time as date and hour."""
    return f"{format_datetime(at.astimezone(UTC), 'medium', locale=language())} UTC"


def duration(seconds: float) -> str:
    """Return a length of time in round words."""
    return format_timedelta(timedelta(seconds=seconds), locale=language())


def ago(at: datetime | None) -> Markup:
    """Return how far away a time is, with the time itself when one points at it; "never" for None."""
    if at is None:
        return Markup("<span class='text-secondary'>{}</span>").format(gettext("never"))
    away = format_timedelta(at - datetime.now(UTC), add_direction=True, locale=language())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.astimezone(UTC).isoformat(), moment(at), away)
