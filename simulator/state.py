"""All the simulator knows, in one place that reset() empties."""

import itertools
import random
import time
from typing import Any

from simulator import defaults
from simulator.errors import unknown_object
from simulator.faults import Faults
from simulator.identity import bsuid_of
from simulator.limits import Limits
from simulator.options import Options
from simulator.records import BusinessNumber, Media, ReadMark, Send, Written
from simulator.settings import Settings
from simulator.stats import Stats
from simulator.templates import Templates

SECONDS_PER_HOUR = 3600


class State:
    """Settings, faults and records of one running simulator."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.numbers = {
            number.phone_number_id: number
            for number in (
                BusinessNumber(options.phone_number_id, defaults.DISPLAY_PHONE_NUMBER),
                BusinessNumber(defaults.SECOND_PHONE_NUMBER_ID, defaults.SECOND_DISPLAY_PHONE_NUMBER),
            )
        }
        self.reset()

    def reset(self) -> None:
        """Back to the first moment of the process."""
        self.settings = Settings(webhook_url=self.options.webhook_url)
        self.random = random.Random(self.settings.seed)
        self.faults = Faults()
        self.limits = Limits()
        self.stats = Stats()
        self.templates = Templates()
        self.sends: dict[str, Send] = {}
        self.written: list[Written] = []
        self.reads: list[ReadMark] = []
        self.media: dict[str, Media] = {}
        self.app_callback_url: str | None = None
        self.app_fields: tuple[str, ...] = ("messages",)
        self.waba_callback_url: str | None = None
        self.waba_is_subscribed = True
        self._windows: dict[tuple[str, str], float] = {}
        self._media_ids = itertools.count(1_259_000_000_000_001)

    @property
    def callback_url(self) -> str:
        """Where webhooks go: the WABA's override, else the app's URL (Meta: Webhook overrides)."""
        return self.waba_callback_url or self.app_callback_url or self.settings.webhook_url

    @property
    def access_token(self) -> str:
        """The only bearer token accepted."""
        return self.settings.access_token or self.options.access_token

    def change_settings(self, settings: Settings) -> None:
        """Use other settings; a new seed starts the random numbers anew."""
        if settings.seed != self.settings.seed:
            self.random.seed(settings.seed)
        self.settings = settings

    def number(self, phone_number_id: str) -> BusinessNumber:
        """Raises GraphError 100 (subcode 33) for a number that is not this WABA's."""
        number = self.numbers.get(phone_number_id)
        if number is None:
            raise unknown_object(phone_number_id)
        return number

    def add_media(self, mime_type: str, content: bytes, sha256: str) -> Media:
        """Keep a file under a new id."""
        media = Media(str(next(self._media_ids)), mime_type, content, sha256)
        self.media[media.media_id] = media
        return media

    def open_window(self, phone_number_id: str, phone: str | None, bsuid: str, at: float) -> None:
        """A customer wrote at unix second `at`: free-form answers are possible for a day from then."""
        for user in {phone, bsuid, bsuid_of(phone) if phone else bsuid} - {None}:
            key = (phone_number_id, str(user))
            self._windows[key] = max(at, self._windows.get(key, 0))

    def window_is_open(self, phone_number_id: str, user: str) -> bool:
        """user: phone (E.164) or BSUID."""
        opened_at = self._windows.get((phone_number_id, user))
        lifetime = self.settings.window_hours * SECONDS_PER_HOUR
        return opened_at is not None and time.time() - opened_at < lifetime

    def stats_dict(self) -> dict[str, Any]:
        """The statistics with the number of sends and of messages written."""
        return {"sends": len(self.sends), "inbound": len(self.written), **self.stats.as_dict()}
