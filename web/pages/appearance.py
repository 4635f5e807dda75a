"""Light or dark: as the system likes it, until somebody chooses; the choice lives in a cookie."""

from typing import Final

from flask import Flask, request

COOKIE: Final = "paperboy_theme"
THEMES: Final = ("light", "dark")


def install_appearance(app: Flask) -> None:
    """Let templates ask for the chosen theme: `theme()`."""
    app.jinja_env.globals["theme"] = chosen_theme
    app.jinja_env.globals["theme_cookie"] = COOKIE


def chosen_theme() -> str | None:
    """Return what the browser's cookie says; None: nobody chose."""
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in THEMES else None
