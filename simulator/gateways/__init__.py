"""Stand-ins for WhatsApp Web gateways: their HTTP APIs under /gateways/{kind}, their webhooks towards us."""
