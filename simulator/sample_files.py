"""Smallest honest files behind the media that customers send."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sample:
    """`shown_mime_type` is what the webhook says: for voice with its codec."""

    mime_type: str
    shown_mime_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode("ascii")


PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WEBP: Final = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>"
    b"endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
MP4: Final = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"
SILENT_FRAMES: Final = 51
OGG: Final = (
    base64.b64decode(
        "T2dnUwACAAAAAAAAAAABAAAAAAAAAByf9dkBE09wdXNIZWFkAQE4AYC7AAAAAABPZ2dTAAAAAAAAAAAAAAEAAAABAAAApZ/4qwEY"
        "T3B1c1RhZ3MIAAAAcGFwZXJib3kAAAAAT2dnUwAEuLwAAAAAAAABAAAAAgAAAFXxe7Yz"
    )
    + bytes([3]) * SILENT_FRAMES
    + b"\xf8\xff\xfe" * SILENT_FRAMES
)
"""A second of silence that plays: the two pages of headers (RFC 7845), then frames of 20 ms and three bytes each."""

SAMPLES: Final[Mapping[str, Sample]] = {
    "image": Sample("image/png", "image/png", PNG),
    "video": Sample("video/mp4", "video/mp4", MP4),
    "audio": Sample("audio/ogg", "audio/ogg; codecs=opus", OGG),
    "document": Sample("application/pdf", "application/pdf", PDF),
    "sticker": Sample("image/webp", "image/webp", WEBP),
}
