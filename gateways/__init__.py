"""WhatsApp Web gateways' wires: one adapter for each gateway. Pure: no I/O, nothing of ours is imported."""
