"""A clue: what a name or a value hints at, how surely, and in which words."""

from dataclasses import dataclass

from models_registry.vocabulary import DataClass


@dataclass(frozen=True, slots=True)
class Clue:
    """`confidence` in percent; `what` is what the column seems to hold, such as `e-mail addresses`."""

    classification: DataClass
    confidence: int
    what: str
