"""The way in: each role to its page."""
