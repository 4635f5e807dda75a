"""Celery tasks, a module a subject. A task carries no payload: rows are the queue."""
