"""Secrets at rest: only the right key, at the right place, unaltered, brings them back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.encryption import EncryptionError, Keyring
from tests.db.conftest import new_encryption_key

OLD, NEW = new_encryption_key(), new_encryption_key()
PLACE = "channels.access_token"
TOKEN = "EAAG-a-token-that-nobody-may-see"
STORED = Keyring([NEW]).encrypt(TOKEN, PLACE)


@settings(deadline=None)
@given(st.text())
def test_what_was_encrypted_comes_back(plain: str) -> None:
    ring = Keyring([NEW])
    assert ring.decrypt(ring.encrypt(plain, PLACE), PLACE) == plain


def test_the_stored_form_shows_nothing_and_differs_each_time() -> None:
    ring = Keyring([NEW])
    first, second = ring.encrypt(TOKEN, PLACE), ring.encrypt(TOKEN, PLACE)
    assert first != second
    assert TOKEN not in first
    assert NEW not in first


def test_a_secret_that_was_moved_to_another_place_does_not_decrypt() -> None:
    ring = Keyring([NEW])
    with pytest.raises(EncryptionError, match="belongs elsewhere"):
        ring.decrypt(ring.encrypt(TOKEN, PLACE), "users.password")


@settings(deadline=None)
@given(st.data())
def test_a_secret_with_any_character_altered_does_not_decrypt(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(STORED) - 2))  # the last one holds unused bits
    other = data.draw(st.sampled_from("ABCxyz019_-.").filter(lambda character: character != STORED[place]))
    with pytest.raises(EncryptionError):
        Keyring([NEW]).decrypt(STORED[:place] + other + STORED[place + 1 :], PLACE)


@settings(deadline=None)
@given(st.text() | st.builds("v1.{}.{}".format, st.text(max_size=8), st.text()))
def test_anything_else_that_is_stored_is_a_clear_error(stored: str) -> None:
    with pytest.raises(EncryptionError, match=r"^A stored secret"):
        Keyring([NEW]).decrypt(stored, PLACE)


def test_while_rotating_the_first_key_encrypts_and_every_key_decrypts() -> None:
    stored_before = Keyring([OLD]).encrypt(TOKEN, PLACE)
    rotating = Keyring([NEW, OLD])
    assert rotating.decrypt(stored_before, PLACE) == TOKEN
    assert Keyring([NEW]).decrypt(rotating.encrypt(TOKEN, PLACE), PLACE) == TOKEN


def test_a_key_taken_off_the_list_too_early_is_asked_for() -> None:
    stored_before = Keyring([OLD]).encrypt(TOKEN, PLACE)
    with pytest.raises(EncryptionError, match="add that key to the list") as refused:
        Keyring([NEW]).decrypt(stored_before, PLACE)
    assert not any(secret in str(refused.value) for secret in (OLD, NEW, TOKEN, stored_before))


@pytest.mark.parametrize(
    "key",
    ["short", NEW[:-4], NEW + "AAAA", "ñ" * 44, "=" * 44, " "],
    ids=["short", "cut off", "too long", "not ASCII", "only padding", "blank"],
)
def test_a_malformed_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(EncryptionError, match="WHATSAPP_ENCRYPTION_KEY: each key must be 32 bytes") as refused:
        Keyring([NEW, key])
    assert key == " " or key not in str(refused.value)


def test_without_a_key_nothing_starts() -> None:
    with pytest.raises(EncryptionError, match="WHATSAPP_ENCRYPTION_KEY is not set"):
        Keyring([])


def test_a_keyring_does_not_show_its_keys() -> None:
    assert NEW not in repr(Keyring([NEW]))
    assert NEW not in str(vars(Keyring([NEW])))
