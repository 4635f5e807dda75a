"""Webhooks are repeated until 200, batched, and go wrong on demand."""

import itertools
import time

import pytest

from simulator import defaults
from tests.simulator.meta import Meta, template_message
from tests.simulator.receiver import Receiver

LADDER = ("sent", "delivered", "read")


def hold(meta: Meta) -> None:
    meta.control("faults", webhooks={"hold": True})


def release(meta: Meta) -> None:
    meta.control("faults", webhooks={"hold": False})


def test_a_webhook_is_repeated_with_growing_pauses_until_200(meta: Meta, receiver: Receiver) -> None:
    receiver.answers.extend([503, 401, 204, 302, 200])
    meta.control("inbound", type="text")
    receiver.wait_for_messages()
    assert [post.answered for post in receiver.posts] == [503, 401, 204, 302, 200]
    assert len({post.body for post in receiver.posts}) == 1
    pauses = [later.at - post.at for post, later in itertools.pairwise(receiver.posts)]
    assert all(pause >= least for pause, least in zip(pauses, (0.019, 0.039, 0.079, 0.079), strict=True))
    webhooks = meta.wait_until_quiet()
    assert (webhooks["sent"], webhooks["acknowledged"], webhooks["retried"]) == (5, 1, 4)
    assert webhooks["answers"] == {"503": 1, "401": 1, "204": 1, "302": 1, "200": 1}


def test_what_is_not_acknowledged_is_pending(meta: Meta, receiver: Receiver) -> None:
    receiver.answers.extend([503] * 1000)
    meta.control("inbound", type="text")
    meta.wait(lambda: meta.look("stats")["webhooks"]["retried"] >= 2)
    webhooks = meta.look("stats")["webhooks"]
    assert (webhooks["pending"], webhooks["posts_open"], webhooks["acknowledged"]) == (1, 1, 0)
    assert meta.look("inbound")[0]["acknowledged"] == 0
    receiver.answers.clear()
    meta.wait_until_quiet()
    assert meta.look("inbound")[0]["acknowledged"] == 1


def test_a_receiver_that_is_down_gets_its_webhooks_later(meta: Meta, receiver: Receiver) -> None:
    meta.control("settings", webhook_url="http://127.0.0.1:9/webhook")
    wamid = meta.send(template_message())
    meta.wait(lambda: "ClientConnectorError" in meta.look("stats")["webhooks"]["answers"])
    meta.control("settings", webhook_url=receiver.address + "/webhook")
    receiver.wait_for_statuses(wamid, *LADDER)


def test_what_is_due_together_goes_together(meta: Meta, receiver: Receiver) -> None:
    hold(meta)
    meta.control("settings", pair_interval_ms=0, throughput_mps=0, delays_ms=dict.fromkeys(LADDER, 0))
    wamids = [meta.send(template_message()) for _ in range(10)]
    meta.control("inbound", type="text")
    meta.send(template_message(), number=defaults.SECOND_PHONE_NUMBER_ID)
    release(meta)
    receiver.wait(lambda self: len(self.statuses()) == 33)
    [post] = receiver.posts
    [entry] = post.payload["entry"]
    first, second = (change["value"] for change in entry["changes"])
    assert {status["id"] for status in first["statuses"]} == set(wamids)
    assert len(first["messages"]) == 1
    assert second["metadata"]["phone_number_id"] == defaults.SECOND_PHONE_NUMBER_ID


def test_a_post_holds_no_more_than_the_batch_size(meta: Meta, receiver: Receiver) -> None:
    hold(meta)
    meta.control("settings", batch_size=4)
    meta.control("inbound", [{"type": "text"}] * 10)
    release(meta)
    receiver.wait_for_messages(10)
    assert sorted(len(value["messages"]) for value in receiver.values) == [2, 4, 4]


def test_a_thousand_receipts_fit_one_post(meta: Meta, receiver: Receiver) -> None:
    hold(meta)
    meta.control("receipts", [{"wamid": f"wamid.{number}", "status": "read"} for number in range(1000)])
    release(meta)
    receiver.wait(lambda self: len(self.statuses()) == 1000)
    assert len(receiver.posts) == 1


def test_no_post_is_larger_than_3_megabytes(meta: Meta, receiver: Receiver) -> None:
    hold(meta)
    meta.control("inbound", [{"body": "ñ" * 4096}] * 200)
    release(meta)
    receiver.wait_for_messages(200)
    assert len(receiver.posts) == 2
    assert max(len(post.body) for post in receiver.posts) <= 3_000_000


def test_hold_keeps_everything_back(meta: Meta, receiver: Receiver) -> None:
    hold(meta)
    wamid = meta.send(template_message())
    meta.control("inbound", type="text")
    assert meta.look("stats")["webhooks"]["pending"] == 4
    assert receiver.posts == []
    release(meta)
    receiver.wait_for_statuses(wamid, *LADDER)


def test_deleting_the_faults_releases_what_is_held(meta: Meta, receiver: Receiver) -> None:
    hold(meta)
    meta.control("faults", fault="error", code=131000)
    wamids = meta.control("inbound", [{"type": "text"}])["wamids"]
    meta.session.delete(meta.address + "/_sim/faults").raise_for_status()
    assert receiver.wait_for_messages()[0]["id"] == wamids[0]
    meta.send(template_message())


def test_duplicates_come_as_often_as_asked(meta: Meta, receiver: Receiver) -> None:
    meta.control("faults", webhooks={"duplicate": 3})
    wamid = meta.send(template_message())
    receiver.wait_for_statuses(wamid, *LADDER * 3)
    meta.control("inbound", type="text")
    assert len({received["id"] for received in receiver.wait_for_messages(3)}) == 1
    assert meta.wait_until_quiet()["updates_acknowledged"] == 12


def test_a_twin_is_the_same_post_at_the_same_time(meta: Meta, receiver: Receiver) -> None:
    meta.control("faults", webhooks={"twin": True})
    meta.control("inbound", type="text")
    receiver.wait_for_messages(2)
    first, second = receiver.posts
    assert (first.body, first.signature) == (second.body, second.signature)
    assert meta.wait_until_quiet()["acknowledged"] == 2


def test_shuffle_makes_receipts_change_places(meta: Meta, receiver: Receiver) -> None:
    meta.control("settings", pair_interval_ms=0)
    meta.control("faults", webhooks={"shuffle": True})
    wamids = [meta.send(template_message()) for _ in range(12)]
    receiver.wait(lambda self: len(self.statuses()) == 36)
    orders = {tuple(status["status"] for status in receiver.statuses(wamid)) for wamid in wamids}
    assert len(orders) > 2
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(LADDER))}


def test_receipts_can_come_before_the_answer(meta: Meta, receiver: Receiver) -> None:
    meta.control("settings", delays_ms=dict.fromkeys(LADDER, 3_600_000))
    meta.control("faults", webhooks={"before_answer": True})
    wamid = meta.send(template_message(biz_opaque_callback_data="our-id:1"))
    assert [status["id"] for status in receiver.statuses()] == [wamid] * 3


@pytest.mark.parametrize(
    ("drop", "left"), [(True, ()), (["sent"], ("delivered", "read")), (["delivered", "read"], ("sent",))]
)
def test_receipts_can_be_lost(meta: Meta, receiver: Receiver, drop: object, left: tuple[str, ...]) -> None:
    meta.control("faults", webhooks={"drop": drop})
    wamid = meta.send(template_message())
    meta.control("inbound", type="text")
    receiver.wait_for_messages()
    meta.wait_until_quiet()
    assert tuple(status["status"] for status in receiver.statuses(wamid)) == left


def test_receipts_can_be_a_week_old(meta: Meta, receiver: Receiver) -> None:
    meta.control("faults", webhooks={"age_s": 604_800})
    [status, *_] = receiver.wait_for_statuses(meta.send(template_message()), *LADDER)
    assert abs(time.time() - 604_800 - int(status["timestamp"])) < 5


def test_without_webhooks_nothing_is_posted(meta: Meta, receiver: Receiver) -> None:
    meta.control("settings", webhooks=False)
    meta.send(template_message())
    meta.control("inbound", type="text")
    assert meta.look("stats")["webhooks"]["pending"] == 0


def test_any_change_can_be_posted(meta: Meta, receiver: Receiver) -> None:
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    meta.control("webhook", field="account_update", value=value)
    [change] = receiver.wait(lambda self: self.changes)
    assert change == {"field": "account_update", "value": value}
    assert abs(receiver.posts[0].payload["entry"][0]["time"] - time.time()) < 5


def test_a_template_that_is_paused_says_so(meta: Meta, receiver: Receiver) -> None:
    meta.control("templates", name="invoice", language="es", status="PAUSED")
    [change] = receiver.wait(lambda self: self.changes)
    assert change["field"] == "message_template_status_update"
    assert change["value"]["event"] == "PAUSED"
    assert change["value"]["message_template_name"] == "invoice"
    assert change["value"]["message_template_language"] == "es"
