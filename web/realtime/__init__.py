"""The WebSocket process: tells what changes to whoever listens. Its own process: idle sockets slow nothing else."""
