"""What Granian serves."""

from observability.logging import configure_logging
from settings import get_settings
from web.application import create_app
from web.slow_bodies import cut_slow_bodies

configure_logging(get_settings().env)
app = cut_slow_bodies(create_app(get_settings()))
