"""The gateways' HTTP APIs: send, and control a session. One adapter each, three kinds of failure for all."""
