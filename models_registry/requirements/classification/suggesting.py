"""One suggestion for one column, with its confidence and why. A person confirms; nothing is taken for true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models_registry.requirements.classification.clues import Clue
from models_registry.requirements.classification.names import by_name
from models_registry.requirements.classification.values import by_values
from models_registry.vocabulary import DataClass

AGREED: Final = 4  # percent more where name and values hint at the same
MOST: Final = 99
_FLAGS: Final = frozenset({"bool", "boolean"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`confidence` in percent. `why` is a sentence."""

    classification: DataClass
    confidence: int
    why: str


def suggest(name: str, kind: str = "", values: Sequence[str] = ()) -> Suggestion | None:
    """What a column probably holds, from its name, its type and the values of a sample; None where nothing hints."""
    named = None if kind.strip().casefold() in _FLAGS else by_name(name)
    seen = by_values(values)
    if named and seen:
        return _both(named, seen)
    if named:
        return Suggestion(named.classification, named.confidence, f"The name suggests {named.what}.")
    if seen:
        return Suggestion(seen.classification, seen.confidence, f"The sample holds {seen.what}.")
    if kind.strip().casefold() in _FLAGS:
        return Suggestion(DataClass.NONE, 50, "It holds yes or no.")
    return None


def _both(named: Clue, seen: Clue) -> Suggestion:
    if named.classification is seen.classification:
        confidence = min(MOST, max(named.confidence, seen.confidence) + AGREED)
        return Suggestion(
            named.classification, confidence, f"The name suggests {named.what}, and the sample holds {seen.what}."
        )
    first = seen if seen.confidence >= named.confidence else named
    return Suggestion(
        first.classification,
        max(first.confidence - AGREED, 1),
        f"The name suggests {named.what}, but the sample holds {seen.what}.",
    )
