"""The parts of the pages: each renders, keeps to the content security policy, and escapes what people typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import RequestContext, Template
from django.template.loader import get_template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from governance.gates import Check, GateReport
from models_registry.models import Evidence
from models_registry.requirements import Compared, Measurement, Requirement
from models_registry.requirements.details.access_grant import GrantFacts
from models_registry.requirements.details.dataset import dataset_facts
from models_registry.requirements.lineage import Source, lineage
from models_registry.vocabulary import Comparison, DataClass, RiskTier, Stage, SubjectKind
from tracker.data_access import Classified, DataAccess, Granted
from tracker.web.drawing import Bar, Part, Span, Stack, Step, journey
from tracker.web.listing import Listing, Sort

HOUR = 3600
DAY = 8 * HOUR
HOSTILE = '"><script>alert(1)</script>'
PIECE = Evidence(pk=1, title=HOSTILE)
COLUMNS = [{"name": HOSTILE, "type": HOSTILE}]
DATASET = dataset_facts({"name": HOSTILE, "location": HOSTILE, "columns": COLUMNS}, HOSTILE)
GRANT = GrantFacts(HOSTILE, HOSTILE, SubjectKind.DATASET, HOSTILE, None, date(2026, 6, 1))
TEMPLATES = Path(settings.BASE_DIR) / "templates"
COMPONENTS = sorted(path.stem for path in (TEMPLATES / "components").glob("*.html"))


@dataclass
class Reading:
    elapsed: int
    budget: int | None
    paused: bool = False
    rung: object = None
    stalls_at: datetime | None = None

    @property
    def breached(self) -> bool:
        return self.budget is not None and self.elapsed >= self.budget


def compared(threshold: str, value: str | None, met: bool | None) -> Compared:
    requirement = Requirement("latency_p95", HOSTILE, Comparison.AT_MOST, Decimal(threshold), "ms", "")
    measured = Measurement("latency_p95", Decimal(value), "ms", "", HOSTILE, None) if value else None
    return Compared(requirement, measured, met, None)


CHECKS = (
    Check("latency", HOSTILE, False, "184 ms", HOSTILE, "attach", "unmet"),
    Check("brief", "Brief signed", True, "by Hannah", "", "", "met"),
)
SITUATION: dict[str, Any] = {
    "hostile": HOSTILE,
    "late": Reading(14 * DAY, 8 * DAY, rung="escalated"),
    "day": DAY,
    "at": datetime(2026, 6, 16, 8, 24, tzinfo=UTC),
    "bars": [Bar(HOSTILE, 3, "3", HOSTILE, stage="brief")],
    "stacks": [Stack(HOSTILE, [Part(HOSTILE, 3, "live")], HOSTILE)],
    "spans": [Span(HOSTILE, 1, 2, 3, 5)],
    "steps": journey([Step(stage, "current", DAY, 2 * DAY, HOSTILE) for stage in Stage]),
    "compared": compared("120", "184", False),
    "graph": lineage([Source(HOSTILE, HOSTILE)], [], 3, HOSTILE),
    "data": DataAccess([Classified(PIECE, DATASET, [(DataClass.PERSONAL, 1)])], [Granted(PIECE, GRANT, "lapsed")], []),
    "report": GateReport(Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, CHECKS),
    "listing": Listing([1], 2, 131),
    "sort": Sort("cost", ("-cost",), False),
    "pairs": [(HOSTILE, "/x/")],
    "views": [{"label": HOSTILE, "url": "/x/", "n": 3, "current": True}],
    "columns": ["Day", HOSTILE],
    "rows": [[HOSTILE, 1204]],
    "keys": [("N", HOSTILE)],
    "digest": "sha256:41be09d2aabbccdd55f07d20",
    "share": Decimal("0.4"),
}


def render(source: str, **more: Any) -> str:
    request = RequestFactory().get("/stalls/", {"team": HOSTILE, "page": "2"})
    compiled = CottonCompiler().process(source)
    return str(Template(compiled).render(RequestContext(request, {**SITUATION, **more})))


CALLS = {
    "act": '<c-act title="{{ hostile }}" sub="{{ hostile }}" />',
    "avatar": '<c-avatar :name="hostile" />',
    "bars": '<c-bars :rows="bars" />',
    "brief_section": '<c-brief-section title="{{ hostile }}" />',
    "bullet": '<c-bullet :compared="compared" />',
    "check": '<c-check state="finding" />',
    "clock": '<c-clock :reading="late" :day="day" />',
    "cohorts": '<c-cohorts :rows="stacks" :mark="share" mark_label="{{ hostile }}" />',
    "control": '<c-control state="met" title="{{ hostile }}" result="{{ hostile }}" />',
    "crumbs": '<c-crumbs :items="pairs" here="{{ hostile }}" />',
    "csv": '<c-csv of="{{ hostile }}" />',
    "data_table": '<c-data-table caption="{{ hostile }}" :columns="columns" :rows="rows" />',
    "digest": '<c-digest :value="digest" copy />',
    "disclosure": '<c-disclosure label="{{ hostile }}" />',
    "dl": '<c-dl><c-dt label="{{ hostile }}" total>{{ hostile }}</c-dt></c-dl>',
    "due": '<c-due :at="at" :left="day" :day="day" tone="risk" />',
    "empty": '<c-empty title="{{ hostile }}" text="{{ hostile }}" />',
    "feed": '<c-feed><c-feed-item :at="at" quote="{{ hostile }}">{{ hostile }}</c-feed-item></c-feed>',
    "figure": '<c-figure title="{{ hostile }}" label="{{ hostile }}" chart="line" :limit="120">x</c-figure>',
    "filter_form": (
        '<c-filter-form><c-filter name="tier" label="{{ hostile }}" :choices="pairs" :value="hostile" />'
        '<c-search :value="hostile" /></c-filter-form>'
    ),
    "funnel": '<c-funnel :rows="bars" />',
    "gate": '<c-gate><c-gate-item title="{{ hostile }}" state="unmet" :owner="hostile" /></c-gate>',
    "gate_done": '<c-gate-done summary="{{ hostile }}" />',
    "gate_report": '<c-gate-report :report="report" />',
    "glyph": '<c-glyph stage="live" />',
    "group": '<c-group label="{{ hostile }}" icon="flag" tone="risk" cols="3" />',
    "head": '<c-head title="{{ hostile }}" version="{{ hostile }}"><c-slot name="lede">{{ hostile }}</c-slot></c-head>',
    "journey": '<c-journey :steps="steps" :day="day">{{ hostile }}</c-journey>',
    "keys": '<c-keys :keys="keys" />',
    "kpis": '<c-kpis><c-kpi label="{{ hostile }}" value="{{ hostile }}" icon="flag" href="/x/" /></c-kpis>',
    "data_access": '<c-data-access :data="data" />',
    "lineage": '<c-lineage :graph="graph" />',
    "mark": "<c-mark />",
    "meter": '<c-meter :share="share" />',
    "note": '<c-note tone="risk" title="{{ hostile }}">{{ hostile }}</c-note>',
    "owner": '<c-owner :name="hostile" sub="{{ hostile }}" />',
    "pager": '<c-pager :page="listing" noun="{{ hostile }}" />',
    "panel": '<c-panel title="{{ hostile }}" pill="{{ hostile }}">{{ hostile }}</c-panel>',
    "person": '<c-person field="owner" value="{{ hostile }}" :name="hostile" suggested />',
    "pill": '<c-pill tone="ok" icon="check">{{ hostile }}</c-pill>',
    "quorum": '<c-quorum :have="1" :need="2" />',
    "requirement": '<c-requirement :compared="compared" />',
    "ring": '<c-ring :reading="late" />',
    "section": '<c-section title="{{ hostile }}">x</c-section>',
    "seg": '<c-seg :items="views" />',
    "spans": '<c-spans :rows="spans" />',
    "stacked": '<c-stacked :rows="stacks" />',
    "stage": '<c-stage stage="deployment" />',
    "submit": '<c-submit label="{{ hostile }}" of="{{ hostile }}" busy="{{ hostile }}" />',
    "table": '<c-table caption="{{ hostile }}" cards><c-th label="{{ hostile }}" key="cost" :sort="sort" /></c-table>',
    "tier": '<c-tier tier="high" />',
    "toast": "<c-toast>{{ hostile }}</c-toast>",
}
INSIDE = {"dt", "errors", "feed_item", "field", "fields", "filter", "gate_item", "kpi", "search", "sprite", "th"}


def test_every_component_is_tried() -> None:
    assert set(COMPONENTS) - INSIDE == set(CALLS)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_component_escapes_what_people_typed_and_needs_no_inline_style(name: str) -> None:
    html = render(CALLS[name])
    assert html.strip()
    assert "<script" not in html
    assert re.findall(r"\sstyle=|\son[a-z]+=|hx-on|javascript:", html) == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_every_template_compiles_and_holds_to_the_content_security_policy(path: Path) -> None:
    get_template(str(path.relative_to(TEMPLATES)))
    source = path.read_text()
    if "alerts" not in path.parts:  # mail readers know no other styles
        assert re.findall(r"\sstyle=|\son[a-z]+=|hx-on|<style|javascript:", source) == []


def test_every_icon_that_is_asked_for_exists() -> None:
    known = set(re.findall(r'id="i-([a-z0-9-]+)"', (TEMPLATES / "components/sprite.html").read_text()))
    asked: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text()
        asked |= set(re.findall(r'{% icon "([a-z0-9-]+)"', source))
        asked |= set(re.findall(r'\bicon="([a-z0-9-]+)"', source))
    assert asked - known == set()


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_its_glyph_and_its_word(stage: Stage) -> None:
    sprite = (TEMPLATES / "components/sprite.html").read_text()
    html = render('<c-stage :stage="stage" />', stage=stage.value)
    assert f'id="g-{stage.value}"' in sprite
    assert f'href="#g-{stage.value}"' in html
    assert stage.label in html


@pytest.mark.parametrize(("tier", "faint"), [(RiskTier.LOW, 2), (RiskTier.MEDIUM, 1), (RiskTier.HIGH, 0)])
def test_a_tier_is_a_word_and_as_many_bars(tier: RiskTier, faint: int) -> None:
    html = render('<c-tier :tier="tier" />', tier=tier.value)
    assert html.count('class="off"') == faint
    assert tier.label in html


def test_nobody_is_the_solid_chip_with_the_role_that_is_needed() -> None:
    html = render('<c-owner name="" needs="ML engineer" />')
    assert "pill-solid" in html
    assert "No owner" in html
    assert "ML engineer" in html


def test_a_clock_says_in_words_what_its_bar_shows() -> None:
    assert "past budget" in render(CALLS["clock"])
    held = render('<c-clock :reading="held" :day="day" />', held=Reading(DAY, 8 * DAY, paused=True))
    assert "on hold" in held
    assert "is-held" in held


def test_a_gate_shows_what_is_open_first_and_keeps_the_rest_in_reach() -> None:
    html = render(CALLS["gate_report"])
    assert html.index("Not met") < html.index("1 done") < html.index("Brief signed")


def test_what_was_not_measured_says_so() -> None:
    html = render('<c-requirement :compared="gap" />', gap=compared("120", None, None))
    assert "not measured" in html
    assert "Missing: " in html


def test_sorting_marks_the_column_and_turns_it_round_keeping_the_filters() -> None:
    html = render('<c-th label="Cost" key="cost" :sort="sort" /><c-th label="Name" key="name" :sort="sort" />')
    assert 'aria-sort="descending"' in html
    assert html.count("aria-sort") == 1
    assert "sort=-cost" in html
    assert "sort=name" in html
    assert "team=" in html
    assert "page=" not in html


def test_a_pager_says_where_it_is_and_is_not_there_for_one_page() -> None:
    html = render('<c-pager :page="listing" noun="releases" />')
    assert "51–100 of 131 releases" in html
    assert "Next 31" in html
    assert 'rel="prev"' in html
    assert render('<c-pager :page="one" noun="releases" />', one=Listing([1], 1, 50)).strip() == ""


def test_a_filter_form_carries_on_what_it_does_not_set_itself() -> None:
    html = render('<c-filter-form><c-filter name="tier" label="Risk" :choices="pairs" value="" /></c-filter-form>')
    assert '<input type="hidden" name="team"' in html
    assert 'name="page"' not in html


def test_numbers_of_a_data_table_stay_readable_for_the_script_that_draws() -> None:
    assert 'data-v="1204">1,204</td>' in render(CALLS["data_table"])


def test_an_act_remembers_where_the_reader_came_from() -> None:
    assert '<input type="hidden" name="next" value="/">' in render(CALLS["act"])
