"""The acts on one release, each a page of its own that also opens as a dialog."""
