"""What is posted to tenants' systems is signed as Standard Webhooks says."""

from messaging.standard_webhooks import new_secret, signature


def test_the_signature_is_the_published_one() -> None:
    """Vector of github.com/standard-webhooks/standard-webhooks, libraries/python/tests."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    told = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_secret_is_another_and_signs() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert signature(first, "a", 1, b"x") != signature(second, "a", 1, b"x")
