"""A process that logs: `python -m tests.observability.speaker <env> [<Postgres> <phone> <body>]`."""

import logging
import sys

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from observability import request_id
from observability.logging import configure_logging, get_logger

configure_logging(sys.argv[1])
log = get_logger("paperboy.test")
library = logging.getLogger("some.library")

log.info("outside.of.a.request")
request_id.begin("request-1")
log.info("message.accepted", message_id="m1", attempt=1)
log.debug("too.detailed")
library.warning("a library says %s", "hello")
logging.getLogger("urllib3.connectionpool").info("GET /?appsecret_proof=hidden-proof")
logging.getLogger("celery.app.trace").info("Task received: noise")
try:
    raise ValueError("a reason")
except ValueError:
    log.exception("something.failed")
    library.exception("a library failed")

if len(sys.argv) > 2:
    engine = create_engine(sys.argv[2], hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TEMP TABLE contacts (phone text UNIQUE, n int)"))
            statement = text("INSERT INTO contacts VALUES (:phone)")
            for _ in range(2):
                connection.execute(statement, {"phone": sys.argv[3]})
    except DBAPIError as error:
        library.exception("Task %s raised unexpected: %r", "t", error)
        log.exception("insert.failed")
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT CAST(:body AS json)"), {"body": sys.argv[4]})
    except DBAPIError as error:
        library.exception("Task %s raised unexpected: %r", "t", error)
    engine.dispose()
