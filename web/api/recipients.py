"""Phone numbers and BSUIDs, as they lie in a message's columns."""

from typing import TypedDict


class ContactColumns(TypedDict):
    """Who a message goes to: one of the two, or nobody in a filter."""

    contact_phone: str | None
    contact_bsuid: str | None


def contact_columns(address: str | None) -> ContactColumns:
    """Return the columns of an address that was checked (web.api.schemas.fields.address_of)."""
    is_phone = address is not None and address.startswith("+")
    return {"contact_phone": address if is_phone else None, "contact_bsuid": None if is_phone else address}
