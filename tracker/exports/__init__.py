"""A release for other tools: a model card for Hugging Face, and a bill of materials in CycloneDX."""

from tracker.exports.bom import bom_of
from tracker.exports.card import card_of

__all__ = ["bom_of", "card_of"]
