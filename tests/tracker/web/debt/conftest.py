"""Fixtures of this area."""

from tests.tracker.web.visiting import visit

__all__ = ["visit"]
