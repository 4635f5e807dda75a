"""WhatsApp Web gateways' wires: one adapter for each gateway. Nothing of ours is imported but `wire`."""
