"""Postgres: models, queries and migrations. Rows are the truth and the queue."""
