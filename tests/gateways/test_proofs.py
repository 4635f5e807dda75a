"""Proofs of origin: what is forged, missing or of another kind is told apart (S3.35, D1)."""

import time
from typing import Any

import jwt
import pytest

from gateways.kinds import CAPABILITIES, Kind, Proof
from gateways.proofs import claim, matching_secret, sign_sha256, sign_sha512

BODY = b'{"event":"message","session":"default","engine":"WEBJS"}'
SECRET = "a-secret-of-thirty-two-bytes-or-more"
PUBLISHED = (
    "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
    "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
)


def token(secret: str = SECRET, **more: Any) -> str:
    now = int(time.time())
    told = {"iat": now, "exp": now + 600, "app": "evolution", "action": "webhook", **more}
    return f"Bearer {jwt.encode({name: value for name, value in told.items() if value is not None}, secret, 'HS256')}"


GENUINE = {
    Proof.HMAC_SHA256: sign_sha256(BODY, SECRET),
    Proof.HMAC_SHA512: sign_sha512(BODY, SECRET),
    Proof.JWT: token(),
    Proof.SHARED_KEY: SECRET,
    Proof.URL_SECRET: SECRET,
}


def test_wahas_published_vector_is_ours_too() -> None:
    assert sign_sha512(BODY, "my-secret-key") == PUBLISHED
    assert matching_secret(Proof.HMAC_SHA512, PUBLISHED, BODY, ["my-secret-key"]) == 0


@pytest.mark.parametrize("proof", Proof)
def test_every_kind_of_proof_is_accepted_with_the_right_secret_alone(proof: Proof) -> None:
    assert matching_secret(proof, GENUINE[proof], BODY, [SECRET]) == 0
    assert matching_secret(proof, GENUINE[proof], BODY, ["b" * 40, SECRET]) == 1
    assert matching_secret(proof, GENUINE[proof], BODY, ["b" * 40]) is None
    assert matching_secret(proof, GENUINE[proof], BODY, []) is None
    assert matching_secret(proof, "\udc00 no ascii é", BODY, [SECRET]) is None


@pytest.mark.parametrize("proof", [Proof.HMAC_SHA256, Proof.HMAC_SHA512])
def test_a_changed_body_has_another_signature(proof: Proof) -> None:
    assert matching_secret(proof, GENUINE[proof], BODY + b" ", [SECRET]) is None


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(token(exp=int(time.time()) - 120), id="old"),
        pytest.param(token(exp=None), id="without an end"),
        pytest.param(token(iat=None), id="without a beginning"),
        pytest.param(token(app="somebody"), id="of another program"),
        pytest.param(token(action="else"), id="for something else"),
        pytest.param(GENUINE[Proof.JWT].removeprefix("Bearer "), id="without its scheme"),
        "Bearer " + jwt.encode({"iat": 1, "exp": 9_999_999_999, "app": "evolution", "action": "webhook"}, None, "none"),
        "Bearer x.y.z",
    ],
)
def test_a_token_that_is_old_foreign_or_unsigned_is_refused(forged: str) -> None:
    assert matching_secret(Proof.JWT, forged, BODY, [SECRET]) is None


@pytest.mark.parametrize("header", ["x-webhook-signature", "x-signature-256", "x-hub-signature-256"])
def test_the_founding_receivers_three_headers_are_read(header: str) -> None:
    assert claim(Proof.HMAC_SHA256, {header: "sha256=00"}, None) == "sha256=00"


@pytest.mark.parametrize("proof", Proof)
def test_nothing_offered_is_told_apart_from_something_wrong(proof: Proof) -> None:
    assert claim(proof, {}, None) is None
    assert claim(proof, {"x-other": "value"}, "") is None


def test_a_proof_of_another_kind_is_no_proof() -> None:
    assert claim(Proof.HMAC_SHA512, {"x-api-key": SECRET, "authorization": token()}, SECRET) is None


@pytest.mark.parametrize("kind", Kind)
def test_every_gateway_can_prove_itself_somehow(kind: Kind) -> None:
    assert CAPABILITIES[kind].proofs
    assert not CAPABILITIES[kind].templates
    assert not CAPABILITIES[kind].service_window
