"""The sample portfolio of `make demo`: invented, seeded, relative to today, and made by the same acts as real work."""
