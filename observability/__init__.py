"""Logs and metrics, the same for web and workers."""
