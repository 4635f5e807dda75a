"""A Flask app that does nothing: what Flask, Granian and the load generator leave for the work itself."""

from flask import Flask

app = Flask(__name__)


@app.post("/webhook")
def receive() -> str:
    """Answer 200; verify nothing, store nothing."""
    return "EVENT_RECEIVED"
