"""Requests that send an invoice, each with a number of its own."""

from collections.abc import Iterator

import orjson

from bench.prepared import post

PATH = "/v1/invoices"
CUSTOMERS = 10_000


def requests(series: str, count: int, api_key: str) -> Iterator[bytes]:
    """Return whole requests.

    Args:
        series: begins the invoices' numbers.
        count: how many.
        api_key: of the tenant that sends.
    """
    headers = {"Authorization": f"Bearer {api_key}"}
    for n in range(count):
        yield post(PATH, headers, body(f"{series}-{n:07d}", n % CUSTOMERS))


def body(number: str, customer: int) -> bytes:
    """Return the body of one request.

    Args:
        number: of the invoice.
        customer: from 0 to CUSTOMERS - 1; makes the phone number.
    """
    return orjson.dumps(
        {
            "number": number,
            "customer": {"name": "Ana Pérez", "phone": f"+1809555{customer:04d}"},
            "amount": "1250.00",
            "currency": "DOP",
            "period": "11/2026",
            "due_date": "2026-11-30",
            "link": f"https://example.com/invoices/{number}",
        }
    )
