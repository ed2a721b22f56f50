"""Model cards of the Model Card Toolkit: JSON after its schema, version 0.0.2."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from models_registry.vocabulary import CardFormat
from tracker.integrations.cards.found import CardRead, Findings, UnreadableCardError
from tracker.integrations.cards.measured import Result, take_results

PARTS: Final = ("model_details", "model_parameters", "quantitative_analysis", "considerations")
_PICTURES: Final = {"graphics", "collection", "image"}
_NO_PLACE: Final = "The record has no place for it; it is in the file."
Path = tuple[str, ...]


def read_toolkit(text: str) -> CardRead:
    """Raises `UnreadableCardError` for JSON that is no such card."""
    found = Findings(CardFormat.MODEL_CARD_TOOLKIT)
    card = _Card(_loaded(text, found), found)
    card.read()
    card.leave_the_rest()
    name = found.detail.get("model_name", "")
    return found.card(f"Model card: {name}" if name else "")


def _loaded(text: str, found: Findings) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in pairs:
            if key in kept:
                found.skip(None, key, "The key is given more than once in one object: the first one was read.")
            kept.setdefault(key, value)
        return kept

    try:
        said = json.loads(text, object_pairs_hook=once, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as problem:
        raise UnreadableCardError(f"This is no JSON (line {problem.lineno}): export the card again.") from None
    except RecursionError:
        raise UnreadableCardError(
            "This JSON is nested too deeply to be a model card: attach it as a document."
        ) from None
    if not isinstance(said, dict):
        raise UnreadableCardError("This JSON is no object, and a model card is one: attach it as a document.")
    if "$schema" in said and "properties" in said:
        raise UnreadableCardError("This is a JSON Schema, not a model card: choose the card that follows it.")
    if not any(isinstance(said.get(part), dict) for part in PARTS):
        raise UnreadableCardError(
            f"This JSON is no card of the Model Card Toolkit: it has none of {', '.join(PARTS)}. "
            "Attach it as a document instead."
        )
    return said


class _Card:
    """Reads a card path by path, and knows which paths it has read."""

    def __init__(self, said: Mapping[str, Any], found: Findings) -> None:
        self.said = said
        self.found = found
        self.been: set[Path] = set()

    def read(self) -> None:
        found = self.found
        details = ("model_details",)
        found.short("model_name", self.one(*details, "name"))
        found.summary = self.one(*details, "overview")[:1_000]
        found.short("model_version", self.one(*details, "version", "name"))
        if dated := self.one(*details, "version", "date"):
            found.names("tags", [f"dated {dated}"])
        found.names(
            "owners", [" ".join(filter(None, row)) for row in self.each(*details, "owners", parts=("name", "contact"))]
        )
        licences = self.each(*details, "licenses", parts=("identifier", "custom_text"))
        found.names("licences", [one or other for one, other in licences])
        for name, part in (("references", "reference"), ("citations", "citation")):
            found.names("references", [one for (one,) in self.each(*details, name, parts=(part,))])
        self._considerations()
        for name, description in self.each("model_parameters", "data", parts=("name", "description")):
            found.text("training_data", f"{name}: {description}" if description else name)
        take_results(found, list(self._results()))

    def _considerations(self) -> None:
        for name, part in (("use_cases", "intended_use"), ("limitations", "limitations"), ("tradeoffs", "limitations")):
            for (said,) in self.each("considerations", name, parts=("description",)):
                self.found.text(part, said)
        for (said,) in self.each("considerations", "users", parts=("description",)):
            self.found.text("intended_use", f"For: {said}")
        for name, way in self.each("considerations", "ethical_considerations", parts=("name", "mitigation_strategy")):
            self.found.text("ethics", f"{name}\nMitigation: {way}" if way else name)

    def _results(self) -> Iterator[Result]:
        bounds = ("confidence_interval.lower_bound", "confidence_interval.upper_bound")
        rows = self.each("quantitative_analysis", "performance_metrics", parts=("type", "value", "slice", *bounds))
        for metric, value, part, low, high in rows:
            if metric and value:
                plain = "" if part.casefold() in ("", "overall", "all") else part
                yield Result(metric, value, slice=plain, low=low, high=high)
            else:
                self.found.skip(None, f"performance_metrics: {metric} {value}".strip(), "It has no name or no value.")

    def one(self, *path: str) -> str:
        """The text at a path; it counts as read when it is text."""
        value: Any = self.said
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if not isinstance(value, str):
            return ""
        self.been.add(path)
        return value.strip()

    def each(self, *path: str, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The texts of each object of a list; an object in the place of a list is a list of one."""
        value: Any = self.said
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        rows = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        at = range(len(rows))
        numbered = [str(number) for number in at] if isinstance(value, list) else [""]
        return [
            tuple(self._of(row, (*path, number), part) for part in parts)
            for row, number in zip(rows, numbered, strict=False)
        ]

    def _of(self, row: Any, path: Path, part: str) -> str:
        value, steps = row, part.split(".")
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        if not isinstance(value, str):
            return ""
        self.been.add((*(step for step in path if step), *steps))
        return value.strip()

    def leave_the_rest(self) -> None:
        """Name whatever was not read, by its path; pictures by their number."""
        pictures = 0
        for path, value in _leaves(self.said):
            if path in self.been or path == ("schema_version",) or value == "":
                continue
            if path[-1] == "image":
                pictures += 1
            elif not _PICTURES & set(path):
                self.found.skip(None, f"{'.'.join(path)}: {value}", _NO_PLACE)
        if pictures:
            self.found.skip(
                None, f"graphics: {pictures} pictures", "Pictures are not kept in the record; they are in the file."
            )


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(at)))
    else:
        yield path, "" if value is None else str(value)
