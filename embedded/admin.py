"""The first user's password, when nobody gave one: made here, shown once, kept nowhere."""

from pathlib import Path

from db.bootstrap import ADMIN_CREATED
from embedded.kept_secrets import password
from settings import Settings


def first_password(settings: Settings) -> str | None:
    """Return a password to offer to the migration, which uses it only when there is no user yet.

    None when BOOTSTRAP_ADMIN_PASSWORD is given, or in production, where nobody may read a password off a terminal.
    """
    if settings.bootstrap_admin_password is not None or settings.env == "production":
        return None
    return password()


def is_new(log: Path) -> bool:
    """Tell by the migration's log whether it has just made the user."""
    return ADMIN_CREATED in log.read_text(errors="replace").splitlines()
