"""A model card: what the model is for and not for, what it was trained on, under which licence; and what was not read.

The parts are those that model cards have in common (Mitchell et al., 2019); a card that was imported names its format
and keeps every line that could not be read.
"""

from collections.abc import Mapping
from typing import Any, Final

from models_registry.requirements.details.reading import DetailReader
from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.values import is_blank, text_problem
from models_registry.vocabulary import CardFormat

MOST_TEXT: Final = 20_000
MOST_LINES: Final = 500
MOST_NAMES: Final = 300
TEXTS: Final = ("intended_use", "limitations", "training_data", "evaluation", "ethics")
NAMES: Final = ("licences", "languages", "datasets", "tags", "owners", "references")
SHORT: Final = ("model_name", "task", "library", "model_version", "base_model", "run")
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "results": ("metric", "value", "dataset", "slice"),
    "signature": ("side", "name", "type", "required"),
    "unread": ("line", "what", "why"),
}
PARTS: Final = ("format", *SHORT, *TEXTS, *NAMES, *TABLES)


def check_model_card(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Every problem of the detail of a model card; `unread`: the line, what stands there, why it was not read."""
    reader = DetailReader(raw)
    reader.known(*PARTS)
    reader.word("format", CardFormat)
    for name in SHORT:
        reader.text(name, "The text", 300)
    for name in TEXTS:
        reader.text(name, "The text", MOST_TEXT)
    for name in NAMES:
        _check_names(reader, name, raw.get(name))
    for name, parts in TABLES.items():
        for row in reader.rows(name, "The lines", MOST_LINES):
            row.known(*parts)
            for part in parts:
                row.text(part, "The text", 500)
    return reader.problems


def _check_names(reader: DetailReader, name: str, raw: object) -> None:
    if is_blank(raw):
        return
    if not isinstance(raw, (list, tuple)) or len(raw) > MOST_NAMES:
        reader.add(name, f"Give a list of at most {MOST_NAMES} texts")
        return
    for line, one in enumerate(raw, start=1):
        wrong = "is empty" if is_blank(one) else text_problem(one, 500)
        if wrong:
            reader.problems.append(FieldProblem(f"{reader.path}.{name}", f"The entry {wrong}.", line))
