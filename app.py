"""What the command `flask` finds in this folder: Paperboy's own commands. The web itself is `web.wsgi`."""

from commands import create_command_app

app = create_command_app()
