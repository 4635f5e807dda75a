"""Graph clients of channels, with one pool of connections for the process."""

from functools import lru_cache

import requests

from db import sealed
from db.encryption import Keyring
from settings import get_settings
from tasks.true_time import true_time
from whatsapp.account import AccountClient
from whatsapp.graph import GraphClient, build_session
from worker.stopping import is_stopping


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    return build_session()


@lru_cache(maxsize=1)
def _keyring() -> Keyring:
    return Keyring(get_settings().encryption_keys)


@lru_cache(maxsize=256)
def graph_client(encrypted_token: str, encrypted_app_secret: str | None = None) -> GraphClient:
    """Return the client for a channel's stored token; a new token makes a new client.

    Args:
        encrypted_token: of the channel.
        encrypted_app_secret: of the Meta app that the channel brings along; None: the installation's is used.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY does not decrypt them.
    """
    return account_client(encrypted_token, encrypted_app_secret)


def account_client(encrypted_token: str, encrypted_app_secret: str | None = None) -> AccountClient:
    """Return a client for what the settings ask Meta; arguments and errors as for `graph_client`."""
    settings = get_settings()
    return AccountClient(
        base_url=settings.graph_url,
        version=settings.graph_api_version,
        access_token=_keyring().decrypt(encrypted_token, sealed.ACCESS_TOKEN),
        app_secret=app_secret(encrypted_app_secret),
        session=_session(),
        connect_timeout=settings.limits.graph_connect_seconds,
        read_timeout=settings.limits.graph_read_seconds,
        clock=true_time.now,
        gives_up=is_stopping,
    )


def app_secret(encrypted: str | None) -> str | None:
    """Return the app secret of a channel's own app, else the installation's newest; None: there is none."""
    if encrypted is not None:
        return _keyring().decrypt(encrypted, sealed.APP_SECRET)
    return next(iter(get_settings().app_secrets), None)
