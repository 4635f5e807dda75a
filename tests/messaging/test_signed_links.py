"""Links without a key: nobody makes one, prolongs one, or turns one to another file."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from messaging.signed_links import LIFETIME, is_genuine, sign

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TENANT, FILE, OTHER = (UUID(int=n) for n in (1, 2, 3))


def opens(
    tenant: UUID = TENANT,
    file: UUID = FILE,
    *,
    keys: tuple[str, ...] = ("new", "old"),
    later: int = 0,
    after: timedelta = timedelta(0),
) -> bool:
    ends_at, signature = sign(["old"], TENANT, FILE, NOW)
    return is_genuine(keys, tenant, file, ends_at=ends_at + later, signature=signature, now=NOW + after)


def test_a_link_opens_its_file_until_it_ends() -> None:
    assert opens()
    assert opens(after=LIFETIME - timedelta(seconds=1))
    assert not opens(after=LIFETIME)


def test_a_key_that_was_rotated_still_opens_and_one_that_is_gone_does_not() -> None:
    assert opens(keys=("old",))
    assert not opens(keys=("new",))
    assert not opens(keys=())


@pytest.mark.parametrize("change", [{"tenant": OTHER}, {"file": OTHER}, {"later": 3600}])
def test_nothing_of_a_link_can_be_changed(change: dict[str, object]) -> None:
    assert not opens(**change)  # type: ignore[arg-type]


def test_a_signature_that_is_none_opens_nothing() -> None:
    assert not is_genuine(["k"], TENANT, FILE, ends_at=2_000_000_000, signature="ñ", now=NOW)
