"""The inbox: people read what customers write, and answer."""
