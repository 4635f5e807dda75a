"""Reactions, edits and messages taken back, in any order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from messaging.amendments import Amended, Amendment, amended

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)

times = st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))
made = st.builds(
    Amendment,
    st.sampled_from(["reaction", "edit", "revoke"]),
    st.sampled_from(["inbound", "outbound"]),
    times,
    st.sampled_from([None, "a", "b"]),
    st.sampled_from([None, "👍", "❤️"]),
)


@given(st.lists(made, max_size=8), st.data())
def test_the_order_and_repeats_do_not_matter(amendments: list[Amendment], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(amendments + amendments[:3]))
    assert amended(shuffled) == amended(amendments)


def test_each_side_has_its_latest_reaction_and_may_take_it_back() -> None:
    theirs = [Amendment("reaction", "inbound", NOON, emoji="👍"), Amendment("reaction", "inbound", LATER, emoji="❤️")]
    ours = [Amendment("reaction", "outbound", NOON, emoji="👍"), Amendment("reaction", "outbound", LATER)]
    assert amended([*theirs, *ours]).reactions == {"inbound": "❤️"}


def test_the_latest_edit_counts_and_nothing_brings_back_what_was_taken_back() -> None:
    edits = [Amendment("edit", "inbound", LATER, "new"), Amendment("edit", "inbound", NOON, "old")]
    assert amended(edits) == Amended(edited_at=LATER, text="new")
    revoked = Amendment("revoke", "inbound", NOON)
    assert amended([revoked, *edits]).revoked_at == NOON


def test_nothing_said_changes_nothing() -> None:
    assert amended([]) == Amended()
