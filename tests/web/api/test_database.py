"""The API's connections."""

import socket
from contextlib import closing

from db.engine import KEEPALIVES
from web.api.database import Database


def test_a_connection_notices_a_postgres_whose_machine_is_gone(database: str) -> None:
    with closing(Database(database)) as ours, ours.connect() as connection:
        descriptor = connection.connection.driver_connection.pgconn.socket
        with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as seen:
            options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            told = [seen.getsockopt(socket.IPPROTO_TCP, option) for option in options]
    wanted = ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
    assert told == [KEEPALIVES[name] for name in wanted]
