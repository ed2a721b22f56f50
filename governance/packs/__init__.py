"""Control packs: frameworks with their clauses, and the catalogue of controls that answer them. Pure; data lies beside.

One control may answer clauses of several frameworks. A pack is what one framework takes of the catalogue, so that a
second pack adds only what the first did not bring. The packs help to ask the right questions; they are no legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from governance.controls import Control, Reference
from models_registry.vocabulary import EvidenceKind, Stage

KEYS: Final = ("eu-ai-act", "nist-ai-rmf", "sr-11-7", "iso-42001")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a framework, in our own words. `organisation`: it is about the whole house, not about a release."""

    code: str
    text: str
    part: str
    organisation: bool = False


@dataclass(frozen=True, slots=True)
class Suggested:
    """A control of the catalogue, and the stage before whose end it is looked at."""

    control: Control
    stage: Stage

    def clauses_of(self, framework: str) -> tuple[str, ...]:
        return tuple(one.clause for one in self.control.references if one.framework == framework)


@dataclass(frozen=True, slots=True)
class Pack:
    """A framework: what it is, its clauses in order, and the controls of the catalogue that answer any of them."""

    key: str
    title: str
    edition: str
    about: str
    clauses: tuple[Clause, ...]
    controls: tuple[Suggested, ...]

    @property
    def about_a_release(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if not clause.organisation)


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack that is shipped."""
    return tuple(_pack(_read(key)) for key in KEYS)


def pack_of(key: str) -> Pack | None:
    return next((one for one in packs() if one.key == key), None)


def framework_title(key: str) -> str:
    """The name of a framework as people say it; the key itself for one that a policy made up."""
    pack = pack_of(key)
    return pack.title if pack else key


@cache
def catalogue() -> tuple[Suggested, ...]:
    """All controls, in the order in which the work goes."""
    return tuple(_suggested(code, fields) for code, fields in _read("catalogue").items())


def _read(name: str) -> Mapping[str, Any]:
    text = files("governance.packs").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read


def _pack(raw: Mapping[str, Any]) -> Pack:
    key, organisation = raw["key"], frozenset(raw.get("organisation", ()))
    return Pack(
        key=key,
        title=raw["title"],
        edition=raw["edition"],
        about=raw["about"],
        clauses=tuple(
            Clause(code, text, part["title"], code in organisation)
            for part in raw["parts"]
            for code, text in part["clauses"].items()
        ),
        controls=tuple(one for one in catalogue() if one.clauses_of(key)),
    )


def _suggested(code: str, fields: Mapping[str, Any]) -> Suggested:
    control = Control(
        code=code,
        title=fields["title"],
        question=fields["question"],
        evidence=tuple(EvidenceKind(kind) for kind in fields.get("evidence", ())),
        references=tuple(
            Reference(framework, clause) for framework, clauses in fields["references"].items() for clause in clauses
        ),
    )
    return Suggested(control, Stage(fields["stage"]))
