"""A training run: what went in, what came out, by which code, where, and with which parameters."""

from collections.abc import Mapping
from typing import Any, Final

from models_registry.requirements.details.reading import DetailReader, as_moment
from models_registry.requirements.facts import FieldProblem
from models_registry.vocabulary import InputRole, OutputRole

MOST_INPUTS: Final = 200
MOST_PARAMETERS: Final = 200
PARTS: Final = ("inputs", "outputs", "code", "environment", "parameters", "started", "ended")
THING: Final = ("name", "role", "namespace", "digest")
CODE: Final = ("repository", "commit", "path")
ENVIRONMENT: Final = ("image", "requirements", "python", "hardware")


def check_training_run(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Every problem of the detail of a training run. Nothing in it is required: what is missing shows as unknown."""
    reader = DetailReader(raw)
    reader.known(*PARTS)
    _check_things(reader, "inputs", "The inputs", InputRole)
    _check_things(reader, "outputs", "The outputs", OutputRole)
    _check_code(reader.part("code"))
    _check_environment(reader.part("environment"))
    _check_parameters(reader)
    reader.moment("started", "The start")
    reader.moment("ended", "The end")
    started, ended = as_moment(raw.get("started")), as_moment(raw.get("ended"))
    if started and ended and ended < started:
        reader.add("ended", "The run ended before it started: check both")
    return reader.problems


def _check_things(reader: DetailReader, name: str, label: str, roles: type[InputRole] | type[OutputRole]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in reader.rows(name, label, MOST_INPUTS):
        row.known(*THING)
        row.text("name", "The name", 200, needed="Name the dataset or artefact")
        row.word("role", roles)
        row.text("namespace", "The namespace", 200)
        row.digest("digest", "The digest")
        key = tuple(str(row.raw.get(part) or "").strip().casefold() for part in ("name", "namespace", "role"))
        if key[0] and key in seen:
            row.add("name", "This is listed twice in the same role: remove one of them")
        seen.add((key[0], key[1], key[2]))


def _check_code(code: DetailReader) -> None:
    code.known(*CODE)
    code.text("repository", "The repository", 500)
    code.text("commit", "The commit", 80)
    code.text("path", "The path", 500)


def _check_environment(environment: DetailReader) -> None:
    environment.known(*ENVIRONMENT)
    environment.digest("image", "The image")
    environment.digest("requirements", "The list of packages")
    environment.text("python", "The version of Python", 40)
    environment.text("hardware", "The hardware", 200)


def _check_parameters(reader: DetailReader) -> None:
    seen: set[str] = set()
    for row in reader.rows("parameters", "The parameters", MOST_PARAMETERS):
        row.known("name", "value")
        row.text("name", "The name", 120, needed="Name the parameter")
        row.text("value", "The value", 500)
        name = str(row.raw.get("name") or "").strip()
        if name and name in seen:
            row.add("name", "This parameter is listed twice: remove one of them")
        seen.add(name)
