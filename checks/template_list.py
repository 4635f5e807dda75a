"""Fetching a channel's templates from Meta at once, for whoever waits for them."""

from uuid import UUID

from checks.registration import told, waba_of
from checks.run import Transaction, client_of
from db.changes.channels import NO_CHANNEL
from db.changes.refusal import NotFoundError
from db.queries import brakes, templates
from db.queries import channel_credentials as queries
from settings import Settings
from tasks.housekeeping import RELEASE_AFTER


def fetch_templates(transaction: Transaction, settings: Settings, tenant_id: UUID, channel_id: UUID) -> int:
    """Fetch the channel's templates from Meta now; return how many there are.

    Args:
        transaction: makes a transaction; none is held while Meta is asked.
        settings: of this process.
        tenant_id: whose channel.
        channel_id: which.

    Raises:
        NotFoundError: the tenant has no such channel.
        Refusal: the account's id is missing, or Meta refused; says what to do.
        EncryptionError: a key is missing.
    """
    with transaction() as connection:
        row = queries.find(connection, tenant_id, channel_id)
    if row is None:
        raise NotFoundError(*NO_CHANNEL)
    client, _ = client_of(row, settings)
    definitions = told("templates", lambda: client.message_templates(waba_of(row)))
    with transaction() as connection:
        templates.replace_all(connection, tenant_id, channel_id, definitions)
        brakes.release_approved_templates(connection, channel_id, age=RELEASE_AFTER)
    return len(definitions)
