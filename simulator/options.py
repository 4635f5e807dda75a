"""Command line and environment of the process."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from simulator import defaults

HIGHEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Options:
    """Where the simulator listens, where its webhooks go, and the credentials it expects."""

    host: str = defaults.HOST
    port: int = defaults.PORT
    public_url: str = defaults.PUBLIC_URL
    app_secret: str = defaults.APP_SECRET
    verify_token: str = defaults.VERIFY_TOKEN
    phone_number_id: str = defaults.PHONE_NUMBER_ID
    access_token: str = defaults.ACCESS_TOKEN

    @property
    def webhook_url(self) -> str:
        return self.public_url.rstrip("/") + "/webhook"


ENVIRONMENT: Mapping[str, tuple[str, str]] = {
    "host": ("BIND_HOST", "address to listen on"),
    "port": ("SIMULATOR_PORT", "port to listen on; 0 takes a free one and prints it"),
    "public_url": ("PUBLIC_URL", "webhooks go to this address + /webhook"),
    "app_secret": ("SIMULATOR_APP_SECRET", "signs webhooks, checks appsecret_proof"),
    "verify_token": ("SIMULATOR_VERIFY_TOKEN", "sent when a callback URL is verified"),
    "phone_number_id": ("SIMULATOR_PHONE_NUMBER_ID", "id of the first business number"),
    "access_token": ("SIMULATOR_ACCESS_TOKEN", "the only bearer token accepted"),
}


def read_options(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> Options:
    """Options given on the command line, else in the environment, else the defaults.

    Raises SystemExit (argparse) with one line for a wrong option or a port that is no number.
    """
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="Stand-in for Meta's Graph API and its webhooks."
    )
    for field in fields(Options):
        variable, meaning = ENVIRONMENT[field.name]
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            type=_port if field.name == "port" else str,
            default=environ.get(variable) or str(field.default),
            help=f"{meaning} [${variable}, {field.default}]",
        )
    return Options(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to {HIGHEST_PORT}")
    return int(text)
