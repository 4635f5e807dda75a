"""The Celery app and what surrounds it: queues, schedule, boot, doorbell."""
