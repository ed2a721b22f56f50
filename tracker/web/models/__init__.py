"""The registry, the brief form and the model page."""
