"""The steady load under which things are broken."""

import time
from dataclasses import dataclass

from tests.faults.callers import Api, Book, Callers
from tests.faults.pace import Paced
from tests.faults.senders import Customers, Posts
from tests.simulator.meta import Meta


@dataclass(frozen=True, slots=True)
class Rates:
    """A second each; 0: none."""

    sends: float = 12
    posts: float = 12
    written: float = 20


class Load:
    """API callers, webhooks of our own, customers at the simulator.

    Args:
        api: of the running system.
        url: of its web process.
        meta: its simulator.
        label: of this trial, in every reference.
        rates: how much.
        is_erp: the callers send invoices alone, and know no Idempotency-Key.
    """

    def __init__(self, api: Api, url: str, meta: Meta, label: str, rates: Rates, *, is_erp: bool = False) -> None:
        self.book = Book()
        self.callers = Callers(api, self.book, label, rates.sends or 1, is_erp=is_erp)
        self.posts = Posts(url, label, rates.posts or 1)
        self.customers = Customers(meta, rates.written or 1)
        wanted = (
            (self.callers.paced, rates.sends),
            (self.posts.paced, rates.posts),
            (self.customers.paced, rates.written),
        )
        self._streams: list[Paced] = [paced for paced, rate in wanted if rate]

    def start(self) -> None:
        """Begin."""
        for stream in self._streams:
            stream.start()

    def finish(self, seconds: float) -> None:
        """Ask for nothing new and wait until all that was asked is answered.

        Raises:
            AssertionError: something was not answered as it must be.
        """
        deadline = time.monotonic() + seconds
        self.callers.gives_up_at = self.posts.gives_up_at = deadline
        for stream in self._streams:
            stream.finish(deadline + 1 - time.monotonic())
        self.close()
        for stream in self._streams:
            if stream.failures:
                raise AssertionError("the load broke") from stream.failures[0]

    def send_no_more(self, seconds: float = 30) -> None:
        """End the stream of sends; webhooks go on."""
        self.callers.paced.finish(seconds)

    def close(self) -> None:
        """Close the connections."""
        self.posts.sessions.close()
        self.customers.meta.session.close()
