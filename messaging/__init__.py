"""Rules of messaging without I/O: what is allowed, what comes next, how a fact is written."""
