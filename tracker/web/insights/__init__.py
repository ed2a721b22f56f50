"""How many reach production, and why the rest do not."""
