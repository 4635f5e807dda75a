"""Receiving webhooks: verify, store, acknowledge; nothing else."""
