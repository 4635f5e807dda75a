"""What the views share: the database and what was read from it lately."""

from dataclasses import dataclass

from flask import Flask, current_app

from db.encryption import Keyring
from settings import Settings
from web.api.auth import KeyRing
from web.api.database import Database
from web.api.last_use import LastUse
from web.api.tenants import TenantConfigs

EXTENSION = "paperboy"


@dataclass(frozen=True, slots=True)
class Services:
    """Of one app."""

    settings: Settings
    database: Database
    keys: KeyRing
    tenants: TenantConfigs

    @property
    def keyring(self) -> Keyring:
        """Encrypts and decrypts secrets at rest.

        Raises:
            EncryptionError: WHATSAPP_ENCRYPTION_KEY is missing or malformed.
        """
        return Keyring(self.settings.encryption_keys)


def create_services(settings: Settings) -> Services:
    """Return new services.

    Raises:
        ConfigurationError: no database.
    """
    database = Database(settings.database)
    return Services(settings, database, KeyRing(database, LastUse(settings.database)), TenantConfigs(database))


def install(app: Flask, settings: Settings) -> Services:
    """Make the app's services."""
    made = create_services(settings)
    app.extensions[EXTENSION] = made
    return made


def services() -> Services:
    """Return the services of the app at hand."""
    found: Services = current_app.extensions[EXTENSION]
    return found
