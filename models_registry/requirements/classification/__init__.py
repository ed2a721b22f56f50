"""Suggestions for the classes of columns: from names in several languages, and from the values of a sample. Pure."""

from models_registry.requirements.classification.suggesting import Suggestion, suggest

__all__ = ["Suggestion", "suggest"]
