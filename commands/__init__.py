"""The command line: `flask tenants|channels|users|keys|secrets|audit|doctor …`, for whoever has the machine."""

from flask import Flask

from commands import audit, channels, doctor, keys, secrets, tenants, users

GROUPS = (tenants.group, channels.group, users.group, keys.group, secrets.group, audit.group)


def create_command_app() -> Flask:
    """Return an app that carries the commands and serves nothing; settings are read by the command that needs them."""
    app = Flask("paperboy", static_folder=None)
    for group in GROUPS:
        app.cli.add_command(group)
    app.cli.add_command(doctor.command)
    return app
