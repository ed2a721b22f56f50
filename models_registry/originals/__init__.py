"""Uploaded originals: what a file really is, told from its bytes, and which of them are not taken."""

from models_registry.originals.inspecting import MOST_BYTES, Inspected, inspect, safe_name
from models_registry.originals.kinds import ACCEPT, KINDS, FileKind, UnfitError

__all__ = ["ACCEPT", "KINDS", "MOST_BYTES", "FileKind", "Inspected", "UnfitError", "inspect", "safe_name"]
