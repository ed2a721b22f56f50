"""The maps that come with Throughline: the US federal AI use case inventories of 2023, 2024 and 2025.

Sources: OMB's consolidated inventories for 2023 and 2024 (both editions of 2024: codes and whole questions as headers)
and the agencies' own files after the template of 2025. US fiscal years begin in October and are named after the year
in which they end. An inventory speaks of its year: where nothing nearer is known, `as_of` is the year's last day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from models_registry.vocabulary import Stage
from tracker.integrations.inventory.answers import FINISHED, StageMeaning
from tracker.integrations.inventory.dates import DateRules
from tracker.integrations.inventory.mapping import Field, Map


def _columns(**alternatives: str) -> Mapping[Field, tuple[str, ...]]:
    return MappingProxyType({Field(name): tuple(words.split("|")) for name, words in alternatives.items()})


def _unsure(stage: Stage) -> StageMeaning:
    return StageMeaning(stage, sure=False)


US_FEDERAL_2024: Final = Map(
    name="us-federal-2024",
    title="US federal AI use case inventory 2024, both editions",
    marks=("use case name", "2 use case name"),
    columns=_columns(
        name="use case name|2 use case name",
        division="agency|3 agency",
        division_code="agency abbreviation|3 abr",
        unit="bureau|4 bureau",
        purpose="what is the intended purpose and expected benefits of the ai|11 purpose benefits"
        "|describe the ai system s outputs|12 outputs",
        stage="stage of development|16 dev stage",
        risk="is the ai use case rights impacting safety impacting both or neither|17 impact type",
        personal_data="does this ai use case involve personally identifiable information *|29 contains pii",
        date_initiated="date initiated|18 date initiated",
        date_development="date when acquisition and or development began|19 date acq dev began",
        date_implemented="date implemented|20 date implemented",
        date_retired="date retired|21 date retired",
        tags="use case topic area|8 topic area",
        reviewed="has an ai impact assessment been conducted *|52 impact assessment"
        "|has an independent evaluation of the ai use case been conducted *|55 independent eval",
    ),
    dates=DateRules(fiscal_start=10, as_of=date(2024, 12, 31)),
    # The system life cycle of NIST puts the assessment and authorisation of a system into "Implementation and
    # Assessment": not implemented yet, with an assessment still under way, it waits for its review.
    review_from=Stage.DEPLOYMENT,
    country="US",
    currency="USD",
    timezone="America/New_York",
)

US_FEDERAL_2023: Final = Map(
    name="us-federal-2023",
    title="US federal AI use case inventory 2023",
    marks=("department code", "techniques"),
    columns=_columns(
        external_id="use case id",
        name="title",
        division="department",
        division_code="department code",
        unit="agency|office",
        purpose="summary",
        stage="development stage",
        tags="techniques",
    ),
    stages=MappingProxyType(
        {
            "investigating proof of concept": _unsure(Stage.BRIEF),
            "proof of concept completed": _unsure(Stage.VALIDATION),
            "proof of concept completed and published": _unsure(Stage.VALIDATION),
            "completed": replace(FINISHED, sure=False),
            "refinments planned for future release": _unsure(Stage.LIVE),
        }
    ),
    dates=DateRules(fiscal_start=10, as_of=date(2023, 12, 31)),
    country="US",
    currency="USD",
    timezone="America/New_York",
)

US_FEDERAL_2025: Final = Map(
    name="us-federal-2025",
    title="US federal AI use case inventory 2025, the agencies' template",
    marks=("use case name", "use case id *", "use case identifier"),
    columns=_columns(
        external_id="use case identifier|use case id *",
        name="use case name",
        division="agency|agency name|department",
        division_code="agency abbreviation",
        unit="bureau component|bureau|component|agency bureau component",
        purpose="what problem is the ai intended to solve *|problem description|description"
        "|intended purpose and expected benefits *|what are the expected benefits and positive outcomes *"
        "|benefit description|describe the ai system s outputs *|output description",
        stage="stage of development|development stage|status",
        risk="is the ai use case high impact *|high impact indicator|impact classification",
        owner="email address|contact e mail|contact email",
        personal_data="does this ai use case involve personally identifiable information *|pii indicator",
        date_implemented="date when ai use case became operational *|operation date",
        tags="use case topic area|ai classification",
        reviewed="has an ai impact assessment been completed *|ai impact assessment indicator"
        "|has as independent review *|has an independent review *|independent review indicator",
        tested="has pre deployment testing been conducted *|predeployment testing indicator",
    ),
    # The files were due, and are dated, at the end of January 2026.
    dates=DateRules(fiscal_start=10, as_of=date(2026, 1, 28)),
    division_from_id=True,
    # Before deployment, tested, and an assessment or independent review still under way.
    review_from=Stage.VALIDATION,
    country="US",
    currency="USD",
    timezone="America/New_York",
)

BUILT_IN: Final = (US_FEDERAL_2024, US_FEDERAL_2023, US_FEDERAL_2025)
BY_NAME: Final[Mapping[str, Map]] = MappingProxyType({one.name: one for one in BUILT_IN})
