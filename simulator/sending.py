"""Accepting a message: the ground truth gets its line, and its receipts are planned."""

import time
from dataclasses import dataclass
from typing import Any, Final

from simulator.defaults import FAILING_ENDINGS
from simulator.delivery import Delivery
from simulator.errors import title_of
from simulator.faults import Fault
from simulator.identity import can_exist
from simulator.receipts import failure, receipt
from simulator.records import BusinessNumber, Send, new_wamid
from simulator.settings import RECEIPT_STATUSES
from simulator.state import State
from simulator.updates import Update
from simulator.validation import Message

BEFORE_ANSWER_TIMEOUT_S: Final = 5.0
WINDOW_CLOSED: Final = 131047
UNDELIVERABLE: Final = 131026
MEDIA_FAILED: Final = 131053
MESSAGE_STATUSES: Final = {"held": "held_for_quality_assessment", "paused": "paused"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A receipt and how many seconds after acceptance it is due."""

    update: Update
    delay_s: float


class Acceptance:
    """Accepts valid messages of one business number."""

    def __init__(self, state: State, delivery: Delivery, number: BusinessNumber) -> None:
        self._state = state
        self._delivery = delivery
        self._number = number

    async def accept(self, message: Message, raw: bytes, fault: Fault | None) -> dict[str, Any]:
        """Register the send, plan its receipts, and give the body of the answer."""
        send = Send(
            wamid=new_wamid(message.recipient.name),
            number=self._number,
            recipient=message.recipient,
            callback_data=message.callback_data,
            accepted_at=time.time(),
            raw=raw,
            fault=fault.fault if fault else None,
        )
        self._state.sends[send.wamid] = send
        await self._plan(send, message, fault)
        return self._answer(send, message, fault)

    async def _plan(self, send: Send, message: Message, fault: Fault | None) -> None:
        paused = fault is not None and fault.fault == "paused"
        if paused or not self._state.settings.webhooks:
            return
        dropped = self._state.faults.webhooks.drop
        receipts = self._receipts(send, message, fault)
        planned = [item for item in receipts if item.update.body["status"] not in dropped]
        if self._state.faults.webhooks.before_answer:
            await self._delivery.arrive([item.update for item in planned], BEFORE_ANSWER_TIMEOUT_S)
            return
        for item in planned:
            self._delivery.schedule(item.update, item.delay_s)

    def _receipts(self, send: Send, message: Message, fault: Fault | None) -> list[Planned]:
        dated = send.accepted_at - self._state.faults.webhooks.age_s
        delays = self._delays()
        verdict = self._later_failure(message, fault)
        if verdict is not None:
            code, details = verdict
            delay = delays.get("sent", 0)
            return [Planned(failure(send, code, details, dated + delay), delay)]
        category = message.template["category"].lower() if message.template else "service"
        return [Planned(receipt(send, status, dated + delay, category), delay) for status, delay in delays.items()]

    def _delays(self) -> dict[str, float]:
        """Seconds until each receipt; without those that are switched off."""
        settings, random = self._state.settings, self._state.random
        delays = {
            status: delay / 1000 * random.uniform(1 - settings.jitter, 1 + settings.jitter)
            for status in RECEIPT_STATUSES
            if (delay := settings.delays_ms[status]) is not None
        }
        if self._state.faults.webhooks.shuffle:
            return dict(zip(delays, random.sample(list(delays.values()), len(delays)), strict=True))
        return delays

    def _later_failure(self, message: Message, fault: Fault | None) -> tuple[int, str] | None:
        """The code and details with which the message fails after its acceptance, or None."""
        if fault is not None and fault.fault == "fail_later" and fault.code is not None:
            return fault.code, title_of(fault.code)
        recipient = message.recipient
        ending = recipient.name[-6:]
        if ending in FAILING_ENDINGS:
            return int(ending), FAILING_ENDINGS[ending]
        if recipient.phone is not None and not can_exist(recipient.phone):
            return UNDELIVERABLE, "the number is not on WhatsApp"
        if not message.fetchable:
            return MEDIA_FAILED, "the media link could not be fetched"
        window_open = self._state.window_is_open(self._number.phone_number_id, recipient.name)
        if message.template is None and not window_open:
            return WINDOW_CLOSED, "the customer has not written in the last 24 hours"
        return None

    def _answer(self, send: Send, message: Message, fault: Fault | None) -> dict[str, Any]:
        recipient = message.recipient
        contact = {"input": recipient.given}
        if recipient.wa_id is not None:
            contact["wa_id"] = recipient.wa_id
        else:
            contact["user_id"] = recipient.bsuid
        answered = {"id": send.wamid}
        if message.template is not None:
            answered["message_status"] = MESSAGE_STATUSES.get(fault.fault if fault else "", "accepted")
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [answered]}
