"""Breaks the running system as outages do, waits until all is quiet, and counts: lost, doubled, regressed."""
