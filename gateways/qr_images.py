"""The picture of a QR, as pages show it (S3.21b)."""

import segno

LEAST_PIXELS = 256
MARGIN_MODULES = 1


def qr_image(qr: str) -> str | None:
    """Return a PNG as `data:image/png;base64,…`, error correction M; None when it cannot be drawn (S3.29)."""
    try:
        code = segno.make_qr(qr, error="m", boost_error=False)
    except (segno.DataOverflowError, ValueError):
        return None
    modules = code.symbol_size(border=MARGIN_MODULES)[0]
    return code.png_data_uri(scale=-(-LEAST_PIXELS // modules), border=MARGIN_MODULES)
