"""What the words for a stage and a risk mean here. One table of exact answers, then rules for sentences.

An exact answer is sure. A sentence is read by its first telling word and marked as a guess, which the import shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from models_registry.vocabulary import EndReason, RiskTier, Stage, VisitState
from tracker.integrations.inventory.cells import clean, fold, missing, without_letter


@dataclass(frozen=True)
class StageMeaning:
    """Where a release stands. `stage` None: the word tells how it ended and not where; its dates must say."""

    stage: Stage | None
    outcome: VisitState = VisitState.UNDERWAY
    reason: EndReason | None = None
    note: str = ""
    sure: bool = True


@dataclass(frozen=True)
class RiskMeaning:
    tier: RiskTier
    note: str = ""


STOPPED: Final = StageMeaning(None, VisitState.KILLED, EndReason.OTHER, "the file says that it was stopped")
PAUSED: Final = StageMeaning(None, VisitState.PARKED, EndReason.OTHER, "the file says that it is paused")

# Work that was finished and never meant to run: it never went live, so it is not "retired", which would count it
# as a success of the road to production. It has ended; the reason lies outside the taxonomy.
FINISHED: Final = StageMeaning(
    None, VisitState.KILLED, EndReason.OTHER, "the work is complete and nothing of it goes to production"
)

EXACT_STAGES: Final[dict[str, StageMeaning]] = {
    word: meaning
    for meaning, words in {
        StageMeaning(Stage.BRIEF): "brief|initiated|initiation|ideation|idea|planned|planning|plan|proposed|proposal"
        "|concept|intake|requested|request|backlog|not started|discovery|exploration|requirements|scoping|new|draft"
        "|planned not in production|pre initiation",
        StageMeaning(Stage.VALIDATION): "validation|acquisition and or development|development and acquisition"
        "|acquisition and development|acquisition development|acquisition|development|in development|under development"
        "|developing|pre deployment|predeployment|prototype|prototyping|proof of concept|poc|experiment|experimental"
        "|experimentation|training|testing|test|evaluation|staging|research|r d|development not in production|build",
        StageMeaning(Stage.COMPLIANCE_REVIEW): "compliance review|compliance|under review|in review|review|risk review"
        "|legal review|governance review|awaiting approval|pending approval|approval|pending review|authorization"
        "|assessment",
        StageMeaning(Stage.DEPLOYMENT): "deployment|implementation and assessment|implementation assessment"
        "|implementation|implementing|pilot|piloting|pilot phase|rollout|roll out|deploying|limited deployment"
        "|limited release|approved|onboarding|trial|integration",
        StageMeaning(Stage.LIVE): "live|operation and maintenance|operations and maintenance|operation maintenance"
        "|operation and management|operations|operation|o m|in production|production|in mission|in use|use|used"
        "|deployed|operational|in operation|active|launched|released|implemented|fully deployed|in service|running",
        StageMeaning(Stage.RETIRED): "retired|retirement|decommissioned|sunset|sunsetted|archived|discontinued"
        "|deprecated|end of life|withdrawn|out of use|disposed|disposition|no longer in use",
        STOPPED: "cancelled|canceled|abandoned|rejected|stopped|terminated|killed|closed|not approved|failed",
        PAUSED: "on hold|paused|suspended|parked|deferred|postponed|inactive|hold|dormant|blocked",
        FINISHED: "research or administrative action complete|research complete",
    }.items()
    for word in words.split("|")
}

# In order: what denies comes before what it denies, and how it ended before where it stood.
SENTENCES: Final[tuple[tuple[re.Pattern[str], StageMeaning], ...]] = tuple(
    (re.compile(rf"\b(?:{pattern})"), replace(meaning, sure=False))
    for pattern, meaning in (
        (r"(?:not|never)(?: yet)?(?: been)? (?:in production|deployed|operational|live|in use|implemented)", None),
        (r"retir|decommission|sunset|discontinu|no longer|replaced by", StageMeaning(Stage.RETIRED)),
        (r"cancel|abandon|terminat|rejected|was stopped", STOPPED),
        (r"on hold|paused|suspend|postpon", PAUSED),
        (r"user acceptance|uat\b", None),
        (
            r"pilot|pseudo operational|trial|limited|roll ?out|technical transfer|transition",
            StageMeaning(Stage.DEPLOYMENT),
        ),
        (
            r"(?:awaiting|pending|under|in)(?: \w+)? (?:review|approval|authorization)",
            StageMeaning(Stage.COMPLIANCE_REVIEW),
        ),
        (
            r"in production|in use|in operation|operational|deployed|live\b|future release|in mission|o m\b",
            StageMeaning(Stage.LIVE),
        ),
        (r"proof of concept|prototyp|develop|test|validat|experiment|acquisition|procure|train", None),
        (r"implement|deploy", StageMeaning(Stage.DEPLOYMENT)),
        (r"plan|initiat|propos|idea|concept|investigat|explor|scop|consider", StageMeaning(Stage.BRIEF)),
    )
    for meaning in (meaning or StageMeaning(Stage.VALIDATION),)
)

EXACT_RISKS: Final[dict[str, RiskMeaning]] = {
    word: meaning
    for meaning, words in {
        RiskMeaning(RiskTier.HIGH): "high|high risk|high impact|critical|very high|severe|major|tier 1|unacceptable"
        "|rights impacting|safety impacting|both|rights and safety impacting|rights safety impacting|significant",
        RiskMeaning(RiskTier.MEDIUM): "medium|moderate|medium risk|moderate risk|limited|limited risk|tier 2|elevated",
        RiskMeaning(RiskTier.MEDIUM, "presumed to be of high impact and determined otherwise"): "presumed high impact"
        " but determined not high impact|presumed high impact but not high impact",
        RiskMeaning(RiskTier.LOW): "low|low risk|minimal|minimal risk|neither|not high impact|negligible|minor|tier 3"
        "|no|not high risk|not rights or safety impacting|low impact",
    }.items()
    for word in words.split("|")
}
RESERVATIONS: Final[tuple[tuple[re.Pattern[str], RiskMeaning], ...]] = (
    (
        re.compile(r"too new|case by case|to be assessed|reassess|not yet"),
        RiskMeaning(RiskTier.MEDIUM, "not assessed yet"),
    ),
    (re.compile(r"presumed"), RiskMeaning(RiskTier.MEDIUM, "presumed to be of high impact and determined otherwise")),
)
RISK_SENTENCES: Final[tuple[tuple[re.Pattern[str], RiskMeaning], ...]] = (
    (re.compile(r"^(not|no|neither)\b"), RiskMeaning(RiskTier.LOW)),
    (re.compile(r"\b(rights|safety|high|critical|severe)\b"), RiskMeaning(RiskTier.HIGH)),
    (re.compile(r"\b(medium|moderate|limited)\b"), RiskMeaning(RiskTier.MEDIUM)),
    (re.compile(r"\b(low|minimal)\b"), RiskMeaning(RiskTier.LOW)),
)
BEFORE_EXPLANATION: Final = re.compile(r"\s[-–—]\s|[:;(,–—]|\.\s")


def stage_of(text: str, own: Mapping[str, StageMeaning]) -> StageMeaning | None:
    """What a stage cell means; the map's own words come first. None: no answer, or none that can be understood."""
    if missing(text):
        return None
    for words in spellings(text):
        meaning = own.get(words) or EXACT_STAGES.get(words)
        if meaning:
            return meaning
    folded = fold(without_letter(text))
    return next((meaning for pattern, meaning in SENTENCES if pattern.search(folded)), None)


def risk_of(text: str, own: Mapping[str, RiskTier]) -> RiskMeaning | None:
    """What a risk cell means; None: no answer, or none that can be understood.

    A reservation anywhere in the answer comes before its first word: "No, too new to assess" is not low.
    """
    folded = fold(without_letter(text))
    if folded in own:
        return RiskMeaning(own[folded])
    if missing(text):
        return None
    for words in (folded, *spellings(text)):
        if words in own or words in EXACT_RISKS:
            return RiskMeaning(own[words]) if words in own else EXACT_RISKS[words]
        if reserved := next((meaning for pattern, meaning in RESERVATIONS if pattern.search(folded)), None):
            return reserved
    return next((meaning for pattern, meaning in RISK_SENTENCES if pattern.search(folded)), None)


def spellings(text: str) -> tuple[str, ...]:
    """The whole answer, and its beginning before an explanation: 'c)  Deployed – in use since …' is 'deployed'."""
    whole = without_letter(clean(text))
    beginning = BEFORE_EXPLANATION.split(whole, maxsplit=1)[0]
    return tuple(dict.fromkeys(filter(None, (fold(whole), fold(beginning)))))
