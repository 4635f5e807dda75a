"""`flask …`: what people do from a shell."""
