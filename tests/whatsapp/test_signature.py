"""The signature of webhooks (reference 1.2)."""

import hashlib
import hmac
import json

import pytest

from whatsapp.signature import matching_secret, sign

SECRET = "test_app_secret"
COMPACT = b'{"object":"whatsapp_business_account","entry":[]}'
SPACED = b'{"object": "whatsapp_business_account", "entry": []}'
ESCAPED = rb'{"b":"caf\u00e9"}'

VECTORS = [
    pytest.param(COMPACT, "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756", id="compact"),
    pytest.param(SPACED, "56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a", id="spaced"),
    pytest.param(ESCAPED, "6d7d67a00c988eff901495ca63d6e6d0325b6e5fcbad37575f8d78b72ba1e5cf", id="escaped"),
    pytest.param(
        '{"b":"café"}'.encode(),
        "9fc9436b17cbeb2d1608ef1d64db4b22ed47b9cfc6eeaed953c7cacceb112fac",
        id="utf-8",
    ),
]


@pytest.mark.parametrize(("body", "digest"), VECTORS)
def test_the_reference_vectors_are_signed_and_matched(body: bytes, digest: str) -> None:
    assert sign(body, SECRET) == f"sha256={digest}"
    assert matching_secret(body, f"sha256={digest}", [SECRET]) == 0


def test_a_body_decoded_and_encoded_again_no_longer_matches() -> None:
    header = sign(ESCAPED, SECRET)
    again = json.dumps(json.loads(ESCAPED), ensure_ascii=False, separators=(",", ":")).encode()
    assert matching_secret(ESCAPED, header, [SECRET]) == 0
    assert matching_secret(again, header, [SECRET]) is None


def test_while_rotating_the_index_tells_which_secret_matched() -> None:
    header = sign(COMPACT, "old")
    assert matching_secret(COMPACT, header, ["new", "old"]) == 1
    assert matching_secret(COMPACT, header, ["old", "old"]) == 0


def test_no_secret_matches_nothing() -> None:
    assert matching_secret(COMPACT, sign(COMPACT, SECRET), []) is None
    assert matching_secret(COMPACT, sign(COMPACT, SECRET), ["another"]) is None


def test_one_changed_byte_of_the_body_is_noticed() -> None:
    assert matching_secret(COMPACT + b" ", sign(COMPACT, SECRET), [SECRET]) is None


def test_sha1_of_the_legacy_header_is_never_accepted() -> None:
    legacy = "sha1=" + hmac.new(SECRET.encode(), COMPACT, hashlib.sha1).hexdigest()
    assert matching_secret(COMPACT, legacy, [SECRET]) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header: None,
        lambda header: "",
        lambda header: header[:-1],
        lambda header: header + "0",
        lambda header: header + " ",
        lambda header: header.removeprefix("sha256="),
        lambda header: "sha255=" + header.removeprefix("sha256="),
        lambda header: "SHA256=" + header.removeprefix("sha256="),
        lambda header: header[:-1] + "é",
        lambda header: header[:-1] + "\x00",
        lambda header: header[:-1] + "\ud800",
        lambda header: "sha256=" + header.removeprefix("sha256=").upper(),
    ],
)
def test_a_header_of_another_form_is_refused(spoil) -> None:
    assert matching_secret(COMPACT, spoil(sign(COMPACT, SECRET)), [SECRET]) is None
