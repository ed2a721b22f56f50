"""The documents say what the code does: settings, commands, links, and who may do what."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

from governance import permissions, time_permissions
from models_registry.models import RegisteredModel
from models_registry.vocabulary import Stage
from tests.reading_code import ROOT
from tests.world import World

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Read by the shell or by make, and not by Django's settings.
OF_THE_LAUNCHER = {"PORT", "BIND", "WEB_PROCESSES", "WEB_THREADS", "WORKERS"}
COLUMNS = ("viewer", "engineer", "lead", "stranger", "officer", "auditor", "admin")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows_after(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table beneath a heading, without its head."""
    lines = iter(text.partition(heading)[2].splitlines())
    table: list[str] = []
    for line in lines:
        if line.startswith("|"):
            table.append(line)
        elif table:
            break
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_command_that_is_named_exists() -> None:
    named = {
        name for path in DOCUMENTS for name in re.findall(r"manage\.py ([a-z_]+)", path.read_text(encoding="utf-8"))
    }
    assert named - set(get_commands()) == set()
    makefile = text_of("Makefile")
    targets = {name for path in DOCUMENTS for name in re.findall(r"`[^`\n]*\bmake ([a-z]+)", path.read_text("utf-8"))}
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()


def test_the_table_of_settings_names_each_variable_that_is_read_and_no_other() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text_of("tracker/settings.py"))) | OF_THE_LAUNCHER
    told = {name for row in rows_after(text_of("docs/operating.md"), "## Settings") for name in _names(row[0])}
    assert told == read


def _names(cell: str) -> list[str]:
    return re.findall(r"`([A-Z_]+)`", cell)


def test_every_record_of_a_decision_is_in_their_list() -> None:
    listed = text_of("docs/decisions/README.md")
    records = [path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")]
    assert [name for name in records if name not in listed] == []


# --- Who may do what ------------------------------------------------------------------------------------------------


class Case:
    """A release of each kind that the rows of the table speak of."""

    def __init__(self, world: World) -> None:
        self.team = world.team
        self.model = world.release_at(Stage.BRIEF).model
        self.restricted: RegisteredModel = world.release_at(Stage.BRIEF, restricted=True).model
        self.working = world.visit(world.release_at(Stage.VALIDATION, actor=world.colleague))
        self.reviewed = world.visit(world.release_at(Stage.COMPLIANCE_REVIEW))
        self.review = world.open_review(self.reviewed.release)


ROWS: dict[str, Callable[[Any, Case], list[bool]]] = {
    "see a model": lambda who, case: [permissions.allows(permissions.see, who, case.model)],
    "see a restricted model": lambda who, case: [permissions.allows(permissions.see, who, case.restricted)],
    "register a model": lambda who, case: [permissions.allows(permissions.register_in, who, case.team)],
    "write and sign briefs": lambda who, case: [permissions.allows(permissions.work_on, who, case.model)],
    "claim or be given brief": lambda who, case: [
        permissions.allows(permissions.own_stage, who, case.model, stage)
        for stage in (Stage.BRIEF, Stage.VALIDATION, Stage.DEPLOYMENT, Stage.LIVE)
    ],
    "claim or be given a compliance review": lambda who, case: [
        permissions.allows(permissions.own_stage, who, case.model, Stage.COMPLIANCE_REVIEW)
    ],
    "assign an owner": lambda who, case: [permissions.allows(permissions.assign, who, case.working)],
    "assign the owner of a": lambda who, case: [permissions.allows(permissions.assign, who, case.reviewed)],
    "advance or send back": lambda who, case: [permissions.allows(permissions.move, who, case.working)],
    "send a compliance review back": lambda who, case: [permissions.allows(permissions.move, who, case.reviewed)],
    "acknowledge a stall": lambda who, case: [permissions.allows(permissions.answer, who, case.working)],
    "acknowledge or put off a": lambda who, case: [permissions.allows(permissions.answer, who, case.reviewed)],
    "ask for more time": lambda who, case: [
        permissions.allows(rule, who, case.working)
        for rule in (time_permissions.ask_extension, time_permissions.decide_extension)
    ],
    "give or refuse more time": lambda who, case: [
        permissions.allows(time_permissions.decide_extension, who, case.reviewed)
    ],
    "hold, resume, nudge": lambda who, case: [permissions.allows(permissions.hold, who, case.working)],
    "hold, resume, nudge in": lambda who, case: [permissions.allows(permissions.hold, who, case.reviewed)],
    "decide a review": lambda who, case: [permissions.allows(permissions.review, who, case.review)],
    "raise the risk tier": lambda who, case: [permissions.allows(permissions.lead, who, case.model)],
    "change the team and": lambda who, case: [permissions.allows(permissions.lead_team, who, case.team)],
    "add teams, people": lambda who, case: [permissions.allows(permissions.administer, who)],
    "change the groups": lambda who, case: [
        permissions.allows(permissions.manage_groups, who),
        permissions.allows(permissions.give_review, who, case.review),
    ],
    "lower a risk tier": lambda who, case: [permissions.allows(permissions.lower_tier, who, case.model)],
    "write a policy": lambda who, case: [permissions.allows(permissions.write_policy, who)],
    "read and export": lambda who, case: [permissions.allows(permissions.read_trail, who)],
}


def test_the_table_of_rights_says_what_the_rules_say(world: World) -> None:
    case = Case(world)
    table = rows_after(text_of("docs/concepts.md"), "## Who may do what")
    assert len(table) == len(ROWS)
    wrong = []
    for (act, *cells), (begins, asked) in zip(table, ROWS.items(), strict=True):
        assert act.startswith(begins)
        for column, cell in zip(COLUMNS, cells, strict=True):
            may = asked(getattr(world, column), case)
            if set(may) != {cell == "✓"}:
                wrong.append(f"{act}: {column} is {cell}, and the rules say {may}")
    assert wrong == []
