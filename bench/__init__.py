"""`make bench`: what this machine does a second, measured on the real system and beside the usual tutorial."""
