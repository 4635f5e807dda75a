"""Real Postgres and Redis without an installation, and the supervisor behind `make run`."""
