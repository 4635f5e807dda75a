"""What goes in and comes out, as Pydantic models: validation and documentation at once."""
