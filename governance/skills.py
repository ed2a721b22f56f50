"""What the work of a stage takes, and what of it a person brings. Pure.

What a policy asks for a stage comes first. A brief adds what it implies: how the model is served, and that it is to be
trained again. Nobody is kept from any work for want of a skill; it decides whom the board and the rules propose first.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from models_registry.vocabulary import ServingMode, Skill, Stage

SERVED: Final[Mapping[str, tuple[Skill, ...]]] = {
    ServingMode.ONLINE: (Skill.SERVING,),
    ServingMode.STREAMING: (Skill.SERVING, Skill.PIPELINE),
    ServingMode.BATCH: (Skill.PIPELINE,),
    ServingMode.EDGE: (Skill.SERVING,),
}
"""What it takes to bring a model into operation that is served this way."""

POLICY: Final = "the policy asks for it"


@dataclass(frozen=True, slots=True)
class Need:
    """A skill that the work takes, and why, as the end of a sentence."""

    skill: Skill
    because: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What somebody brings to the work and what they lack, both in the order of the list of skills."""

    has: tuple[Skill, ...]
    lacks: tuple[Skill, ...]

    @property
    def share(self) -> Fraction:
        """The part of the work's skills that they bring, from 0 to 1; work that takes none suits everybody."""
        needed = len(self.has) + len(self.lacks)
        return Fraction(len(self.has), needed) if needed else Fraction(1)

    @property
    def whole(self) -> bool:
        return not self.lacks


def needs(stage: Stage | str, asked: Iterable[Skill], brief: Mapping[str, Any] | None) -> tuple[Need, ...]:
    """What the work of a stage takes, each skill once. `asked`: what the policy says; `brief`: its content, if any."""
    found = dict.fromkeys(asked, POLICY)
    for skill, because in _implied(Stage(stage), brief or {}):
        found.setdefault(skill, because)
    return tuple(Need(skill, found[skill]) for skill in Skill if skill in found)


def fit(wanted: Iterable[Need], skills: Collection[str]) -> Fit:
    """How far somebody with these skills suits the work."""
    asked = [need.skill for need in wanted]
    return Fit(
        has=tuple(skill for skill in asked if skill in skills),
        lacks=tuple(skill for skill in asked if skill not in skills),
    )


def in_words(skills: Iterable[Skill]) -> str:
    """`serving and monitoring`, in the middle of a sentence; empty for none."""
    words = [skill.label.lower() for skill in skills]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _implied(stage: Stage, brief: Mapping[str, Any]) -> Iterable[tuple[Skill, str]]:
    """A brief is about operation, so it implies nothing for the stages before."""
    if stage not in (Stage.DEPLOYMENT, Stage.LIVE):
        return
    mode = str(brief.get("serving_mode") or "")
    if stage is Stage.DEPLOYMENT:
        served = {ServingMode.BATCH: "it runs in batches", ServingMode.EDGE: "it is served at the edge"}
        because = served.get(ServingMode(mode), f"it is served {mode}") if mode in SERVED else ""
        if mode == ServingMode.STREAMING:
            because = "it is served as a stream"
        yield from ((skill, because) for skill in SERVED.get(mode, ()))
    if stage is Stage.LIVE:
        yield Skill.MONITORING, "what is live is watched"
    if str(brief.get("retraining_plan") or "").strip():
        yield Skill.RETRAINING, "the brief has a plan to train it again"
