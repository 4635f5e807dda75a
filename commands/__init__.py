"""The command line: `flask tenants|users|keys|audit …`, for whoever has the machine."""

from flask import Flask

from commands import audit, keys, tenants, users

GROUPS = (tenants.group, users.group, keys.group, audit.group)


def create_command_app() -> Flask:
    """Return an app that carries the commands and serves nothing; settings are read by the command that needs them."""
    app = Flask("paperboy", static_folder=None)
    for group in GROUPS:
        app.cli.add_command(group)
    return app
