"""What Granian serves."""

from observability.logging import configure_logging
from settings import get_settings
from web.application import create_app

configure_logging(get_settings().env)
app = create_app(get_settings())
