"""Graph clients of channels, with one pool of connections for the process."""

from functools import lru_cache

import requests

from db.bootstrap import ACCESS_TOKEN_PURPOSE
from db.encryption import Keyring
from settings import get_settings
from tasks.true_time import true_time
from whatsapp.graph import GraphClient, build_session
from worker.stopping import is_stopping


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    return build_session()


@lru_cache(maxsize=1)
def _keyring() -> Keyring:
    return Keyring(get_settings().encryption_keys)


@lru_cache(maxsize=256)
def graph_client(encrypted_token: str) -> GraphClient:
    """Return the client for a channel's stored token; a new token makes a new client.

    Raises:
        EncryptionError: WHATSAPP_ENCRYPTION_KEY does not decrypt the token.
    """
    settings = get_settings()
    secrets = settings.app_secrets
    return GraphClient(
        base_url=settings.graph_url,
        version=settings.graph_api_version,
        access_token=_keyring().decrypt(encrypted_token, ACCESS_TOKEN_PURPOSE),
        app_secret=secrets[0] if secrets else None,
        session=_session(),
        connect_timeout=settings.limits.graph_connect_seconds,
        read_timeout=settings.limits.graph_read_seconds,
        clock=true_time.now,
        gives_up=is_stopping,
    )
