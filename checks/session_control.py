"""Commands for a gateway's session, and what each says about the session's state; API and pages give the same ones."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from checks.run import Transaction
from db.changes.refusal import NotFoundError
from db.encryption import EncryptionError
from db.queries import audit, gateway_sources
from db.queries.gateway_sources import Source
from gateways.clients.client import GatewayClient
from gateways.clients.failures import GatewayFailure, NotSupported
from gateways.state_machine import SessionState, Signal
from messaging.limits import DEFAULTS
from messaging.sentences import Sentence
from tasks.gateway_clients import gateway_client
from tasks.ingest_sessions import write_control

NO_STOP: Final = Sentence("This kind of gateway has no stop: log the session out instead.")
NO_SESSION: Final = ("session_not_found", Sentence("There is no such session."))


@dataclass(frozen=True, slots=True)
class Command:
    """What a person asks of a session."""

    call: Callable[[GatewayClient], None]
    signal: Signal
    """The gateway's own events follow."""


COMMANDS: Final[Mapping[str, Command]] = {
    "start": Command(lambda client: client.start(), Signal("start", SessionState.CONNECTING, is_step=True)),
    "restart": Command(lambda client: client.restart(), Signal("restart", SessionState.CONNECTING)),
    "stop": Command(lambda client: client.stop(), Signal("stop", SessionState.STOPPED)),
    "log-out": Command(lambda client: client.log_out(), Signal("log-out", SessionState.STOPPED)),
}


@dataclass(frozen=True, slots=True)
class Stopped:
    """What came of stopping one session; `problem` None: it stops."""

    session_id: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SessionControl:
    """The sessions of one tenant, commanded by one actor.

    Args:
        transaction: makes a transaction; none is held while a gateway is asked.
        tenant_id: whose sessions.
        actor: for the audit log.
    """

    transaction: Transaction
    tenant_id: UUID
    actor: str

    def give(self, session_id: str, command: str) -> None:
        """Have a session start, stop, restart or log out, and keep that it was asked for.

        Args:
            session_id: its name.
            command: one of COMMANDS.

        Raises:
            NotFoundError: the tenant has no such session.
            GatewayFailure: the gateway cannot, did not want to, or gave no clear answer.
            EncryptionError: no key opens the gateway's key.
        """
        wanted, asked_at = COMMANDS[command], datetime.now(UTC)
        source = self._found(session_id)
        wanted.call(gateway_client(source))
        with self.transaction() as connection:
            write_control(connection, source, wanted.signal, f"{command} asked for", asked_at)
            audit.write(connection, self.tenant_id, actor=self.actor, action=f"gateway.{command}", target=session_id)

    def stop_all(self) -> list[Stopped]:
        """Have all sessions of the tenant stop, several at a time; each that does not is named with the reason."""
        with self.transaction() as connection:
            names = [row.session_id for row in gateway_sources.shown(connection, self.tenant_id)]
        with ThreadPoolExecutor(DEFAULTS.probes_at_once, thread_name_prefix="stop") as executor:
            return list(executor.map(self._stop, names))

    def _stop(self, session_id: str) -> Stopped:
        try:
            self.give(session_id, "stop")
        except NotSupported:
            return Stopped(session_id, NO_STOP)
        except (GatewayFailure, EncryptionError) as failure:
            return Stopped(session_id, str(failure))
        return Stopped(session_id)

    def pairing_code(self, session_id: str, phone: str) -> str:
        """Return the code that is entered on the phone of this number (E.164); raises as `give`."""
        return gateway_client(self._found(session_id)).pairing_code(phone)

    def _found(self, session_id: str) -> Source:
        with self.transaction() as connection:
            source = gateway_sources.find(connection, self.tenant_id, session_id)
        if source is None:
            raise NotFoundError(*NO_SESSION)
        return source
