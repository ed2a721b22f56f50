"""The risk tier that the answers of a brief ask for. Pure: what each answer leads to, and how they add up.

An answer weighs up to 3 points, and some ask for a tier whatever the others say. The tier is the highest of those, or
what the points come to: from 4 on medium, from 9 on high. The areas of Annex III of the EU AI Act, the safety of people
and decisions on what somebody can have are high by themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from models_registry.requirements.risk import BY_CODE, QUESTIONS
from models_registry.vocabulary import RiskTier

MEDIUM_FROM: Final = 4
HIGH_FROM: Final = 9


@dataclass(frozen=True, slots=True)
class Weight:
    """What one answer leads to: points, and the tier that it asks for by itself."""

    points: int = 0
    least: RiskTier = RiskTier.LOW


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer that weighs something, in the words of the questionnaire."""

    question: str
    answer: str
    weight: Weight

    @property
    def consequence(self) -> str:
        return _said(self.weight)


@dataclass(frozen=True, slots=True)
class Assessed:
    """The tier that the answers ask for so far; `missing`: the questions without an answer."""

    tier: RiskTier
    points: int
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]

    @property
    def answered(self) -> bool:
        return not self.missing

    @property
    def because(self) -> str:
        """Why it is this tier, as a sentence."""
        deciding = [one for one in self.reasons if rank(one.weight.least) == rank(self.tier)]
        if self.tier is RiskTier.LOW:
            return f"Nothing asks for more, and the answers come to {_points(self.points)}; medium begins at 4."
        if deciding:
            return f"By itself: {'; '.join(_quoted(one) for one in deciding)}."
        begins = HIGH_FROM if self.tier is RiskTier.HIGH else MEDIUM_FROM
        return f"The answers come to {_points(self.points)}; {self.tier.label.lower()} begins at {begins}."


_AREA: Final = Weight(3, RiskTier.HIGH)
WEIGHTS: Final[Mapping[str, Mapping[str, Weight]]] = {
    "rights": {"no": Weight(), "service": Weight(1), "access": Weight(3, RiskTier.HIGH)},
    "data": {"none": Weight(), "personal": Weight(1), "special": Weight(3, RiskTier.MEDIUM)},
    "automation": {"person": Weight(), "sample": Weight(1), "nobody": Weight(2)},
    "scale": {"few": Weight(), "many": Weight(1), "mass": Weight(2)},
    "safety": {"no": Weight(), "indirect": Weight(2, RiskTier.MEDIUM), "direct": Weight(3, RiskTier.HIGH)},
    "reversal": {"easily": Weight(), "effort": Weight(1), "never": Weight(3, RiskTier.MEDIUM)},
    "domain": {
        "none": Weight(),
        "preparatory": Weight(2, RiskTier.MEDIUM),
        **{area: _AREA for area in BY_CODE["domain"].answers if area not in ("none", "preparatory")},
    },
    "vulnerable": {"no": Weight(), "some": Weight(1), "mostly": Weight(3, RiskTier.MEDIUM)},
    "money": {"little": Weight(), "noticeable": Weight(1), "much": Weight(3, RiskTier.MEDIUM)},
}
"""By question and answer; a test proves that none is missing."""


def assess(answers: Mapping[str, str]) -> Assessed:
    """The tier that these answers ask for, as `requirements.risk.answers_of` reads them."""
    given = [(question, answers[question.code]) for question in QUESTIONS if question.code in answers]
    reasons = [
        Reason(question.text, question.answers[answer], WEIGHTS[question.code][answer]) for question, answer in given
    ]
    points = sum(one.weight.points for one in reasons)
    by_points = RiskTier.HIGH if points >= HIGH_FROM else RiskTier.MEDIUM if points >= MEDIUM_FROM else RiskTier.LOW
    return Assessed(
        tier=highest([by_points, *(one.weight.least for one in reasons)]),
        points=points,
        reasons=tuple(one for one in reasons if one.weight.points),
        missing=tuple(question.text for question in QUESTIONS if question.code not in answers),
    )


def rank(tier: RiskTier | str) -> int:
    """The order of the tiers, from low to high."""
    return list(RiskTier).index(RiskTier(tier))


def highest(tiers: Iterable[RiskTier]) -> RiskTier:
    return max(tiers, key=rank)


def consequence(question: str, answer: str) -> str:
    """What one answer leads to, for whoever is about to give it."""
    return _said(WEIGHTS[question][answer])


def _said(weight: Weight) -> str:
    if weight.least is not RiskTier.LOW:
        return f"at least {weight.least.label.lower()}, {_points(weight.points)}"
    return _points(weight.points)


def _points(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points" if points else "no points"


def _quoted(reason: Reason) -> str:
    return f"“{reason.answer}”"
