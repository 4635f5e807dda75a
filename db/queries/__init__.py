"""SQL by noun. Functions take a connection or session; who opens the transaction commits it."""
