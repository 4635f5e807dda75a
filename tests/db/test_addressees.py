"""Who is about to be written to."""

from sqlalchemy import Connection, Engine, text

from db.queries.addressees import Address, find, find_or_make
from tests.web.api.world import add_business

MANY = 300
_READ = text(
    "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname IN ('contacts', 'conversations')"
)


def rows_read(connection: Connection) -> int:
    """How many contacts and threads this session has looked at, as far as it has not told the statistics yet."""
    return int(connection.execute(_READ).scalar_one())


def test_before_anything_is_analysed_one_of_many_is_found_without_looking_at_all_threads_for_each_contact(
    engine: Engine,
) -> None:
    addresses = [Address(f"+1809555{number:04}", None) for number in range(MANY)]
    with engine.begin() as connection:
        business = add_business(connection, "default")
        assert business.channel_id is not None
        where = business.tenant_id, business.channel_id
        made = find_or_make(connection, *where, addresses)
    with engine.begin() as connection:
        before = rows_read(connection)
        found = find(connection, *where, addresses[:1])[addresses[0]]
        assert found.contact.id == made[addresses[0]].contact.id
        assert found.conversation_id == made[addresses[0]].conversation_id
        assert rows_read(connection) - before < 2 * MANY
