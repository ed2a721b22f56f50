"""The walls that ARCHITECTURE draws, proven on the code itself; import-linter proves the directions of imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from governance.triggers import CLOCK_GUARDS, LAW_GUARDS, REVIEW_GUARDS
from models_registry.triggers import CALENDAR_GUARDS, EVIDENCE_GUARDS, FACT_GUARDS
from tests.reading_code import PACKAGES, ROOT, calls, dotted, functions, imported, named, sources, tree_of, writes

LONGEST = 400  # lines of a file; aim for 50 to 300

# Who else may write, and what. Everything that is not here goes through governance/acts.
OTHER_WRITERS = {
    "models_registry/models/immutable.py": "the save that every written-once row goes through",
    "models_registry/models/person.py": "the manager's create_user, as Django asks for it",
    "models_registry/triggers.py": "creates triggers, not rows",
    "governance/deadlines.py": "saves the hints that it computes, for the acts that call it",
    "governance/stored_files.py": "bytes in the storage, and no rows",
    "governance/trail/chain.py": "adds links to the trail, inside the acts' transactions",
    "governance/trail/sealing.py": "notes on the chain heads what the seal has bound",
    "tracker/alerts/": "alerts, bundles and deliveries are the tracker's own rows",
    "tracker/heartbeat.py": "the tracker's own row",
    "tracker/api/idempotency.py": "answers that were given, in the transaction of what they tell of",
    "tracker/remembered.py": "forgets those answers after a day",
    "tracker/saved_views.py": "a person's own bookmarks, of which nothing else depends",
    "tracker/seals/letters.py": "letters that carry the head of the trail are the tracker's own rows",
    "tracker/stalls/clocks.py": "moves the hints of open visits and vacancies, and nothing else of them",
    "tracker/stalls/looking.py": "moves the same hints, of many rows at once",
    "tracker/web/inbox/": "marks the reader's own deliveries as read",
    "tracker/tokens.py": "what a program may do in somebody's name is the tracker's own row, and on the trail",
    "tracker/management/commands/set_up.py": "the first calendar and administrator, when there is nobody yet to act",
    "tracker/sample/cast.py": "the sample's first administrator",
}
# What the tracker writes of governance's rows: when to look at them again.
HINTS = {"stalls_at", "notice_at"}

# The only writing in SQL beside the triggers, since a sweep of thousands of rows waits for it.
OWN_SQL = {
    "models_registry/triggers.py": "what the database itself refuses",
    "tracker/alerts/rows.py": "new rows of the tracker by the thousand",
    "tracker/stalls/looking.py": "hints by the thousand",
}

# Functions of governance/acts that act for the system, so that there is nobody whose right could be asked for.
WITHOUT_AN_ACTOR = {
    "install_policy": "the first policy of an installation; refuses to do anything once there is one",
    "revision_in_force": "keeps what a calendar says already; part of leaving a stage, and of the first calendar",
    "change_models": "a part of an import, whose right open_run has asked for",
    "teams_for": "a part of an import",
    "owners_for": "a part of an import",
    "close_run": "a part of an import",
    "add_models": "a part of an import",
    "record_rows": "a part of an import",
    "known_models": "reads what an import compares with",
    "lapse_due": "records that an approval ended by itself",
    "expire_due": "records that an offer ended by itself",
}
# Acts whose right is a fact of the row itself: only whom an offer was made to, or who made it.
RIGHT_IN_THE_ROW = {"decline_handover", "withdraw_handover"}


@cache
def settings_of_the_linter() -> list[dict[str, object]]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, object]] = found["tool"]["importlinter"]["contracts"]
    return contracts


def law() -> list[str]:
    """The modules that one contract declares pure."""
    (contract,) = [one for one in settings_of_the_linter() if str(one["name"]).startswith("The law is pure")]
    modules = contract["source_modules"]
    assert isinstance(modules, list)
    return modules


def files_of(module: str) -> list[Path]:
    place = ROOT.joinpath(*module.split("."))
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


# --- The law --------------------------------------------------------------------------------------------------------


def test_the_law_names_the_modules_that_the_architecture_names() -> None:
    assert {f"governance.{name}" for name in ("stages", "policy", "gates", "clock", "calendar")} <= set(law())
    assert {"models_registry.requirements", "models_registry.vocabulary"} <= set(law())


def test_the_law_is_read_without_loading_django() -> None:
    code = f"import {', '.join(law())}, sys; print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_law_never_asks_what_time_it_is() -> None:
    clocks = ("datetime.now", "datetime.utcnow", "date.today", "time.time", "timezone.now")
    found = [
        f"{named(path)}:{call.lineno}"
        for module in law()
        for path in files_of(module)
        for call in calls(tree_of(path))
        if dotted(call.func).endswith(clocks)
    ]
    assert found == []


# --- One door -------------------------------------------------------------------------------------------------------


def test_only_acts_write_and_the_few_that_are_named() -> None:
    found = [
        str(write)
        for package in PACKAGES
        for path in sources(package)
        for write in writes(path)
        if not write.path.startswith(("governance/acts/", *OTHER_WRITERS))
    ]
    assert found == []


def test_every_named_exception_is_still_needed() -> None:
    writing = {write.path for package in PACKAGES for path in sources(package) for write in writes(path)}
    unused = [name for name in OTHER_WRITERS if not any(path.startswith(name) for path in writing)]
    assert unused == []


def test_the_sweep_moves_hints_and_nothing_else() -> None:
    changed: set[str | None] = set()
    for name in ("clocks.py", "looking.py"):
        path = ROOT / "tracker" / "stalls" / name
        found = list(writes(path))
        assert {write.method for write in found} == {"update"}
        lines = {write.line for write in found}
        changed |= {
            keyword.arg for call in calls(tree_of(path)) if call.lineno in lines for keyword in call.keywords
            if isinstance(call.func, ast.Attribute) and call.func.attr == "update"
        }  # fmt: skip
    assert changed == HINTS


def test_no_file_brings_its_own_sql_that_writes() -> None:
    writing = re.compile(r"\s*(INSERT INTO|UPDATE .* SET|DELETE FROM|DROP TABLE|ALTER TABLE|TRUNCATE)\b", re.IGNORECASE)
    found = [
        f"{named(path)}:{node.lineno}"
        for package in PACKAGES
        for path in sources(package)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and writing.match(node.value)
    ]
    assert [place for place in found if place.rsplit(":", 1)[0] not in OWN_SQL] == []


# --- Every act reads the same way -----------------------------------------------------------------------------------


@cache
def act_functions() -> dict[str, ast.FunctionDef]:
    """Every function of governance/acts by name; names are used once there."""
    found: dict[str, ast.FunctionDef] = {}
    for path in sources("governance"):
        if path.parent.name == "acts":
            for one in functions(tree_of(path)):
                assert one.name not in found or one.name.startswith("_"), f"{one.name} is defined twice"
                found.setdefault(f"{path.stem}.{one.name}", one)
    return found


def acts() -> Iterator[tuple[str, ast.FunctionDef]]:
    """The doors: public functions whose first argument is who acts."""
    for name, function in act_functions().items():
        first = function.args.args[0].arg if function.args.args else ""
        if first == "actor" and not function.name.startswith("_"):
            yield name, function


def reaches(name: str, prefix: str | tuple[str, ...], been: frozenset[str] = frozenset()) -> bool:
    """Whether a function, or one that it calls in governance/acts, calls something named `prefix…`."""
    module = name.partition(".")[0]
    for call in calls(act_functions()[name]):
        called = dotted(call.func)
        if called.startswith(prefix):
            return True
        local = f"{module}.{called}"
        elsewhere = [one for one in act_functions() if one.endswith(f".{called}") and not called.startswith("_")]
        for following in [local] if local in act_functions() else elsewhere:
            if following not in been and reaches(following, prefix, been | {name}):
                return True
    return False


def line_of_first(function: ast.FunctionDef, wanted: tuple[str, ...]) -> float:
    lines = [call.lineno for call in calls(function) if dotted(call.func).startswith(wanted)]
    return min(lines, default=float("inf"))


def delegates(name: str, function: ast.FunctionDef) -> bool:
    """An act that is another act with fewer words: one statement beneath its docstring."""
    body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    return len(body) == 1 and isinstance(body[0], ast.Return) and reaches(name, "transaction.atomic")


def test_there_are_acts_to_look_at() -> None:
    assert len(list(acts())) >= 30


def test_every_act_is_one_transaction() -> None:
    found = [
        name
        for name, function in acts()
        if line_of_first(function, ("transaction.atomic",)) == float("inf") and not delegates(name, function)
    ]
    assert found == ["imports.open_run"]  # a note that an import began; each batch of it is a transaction


def test_every_act_asks_for_the_right_and_writes_the_trail() -> None:
    silent = [name for name, _ in acts() if not reaches(name, ("writers.", "clock_writers.", "review_writers."))]
    lawless = [name for name, function in acts() if not reaches(name, "permissions.")]
    assert silent == ["imports.open_run"]  # what an import does to each model is on the trail
    assert {name.partition(".")[2] for name in lawless} == RIGHT_IN_THE_ROW


def test_every_act_locks_or_asks_before_it_writes() -> None:
    first = (
        "permissions.",
        "locked_release",
        "locked_review",
        "_open_offer",
        "_open_review",
        "Policy.objects.select_for_update",
    )
    found = []
    for name, function in acts():
        lines = [write.lineno for write in calls(function) if _is_write(write)]
        if lines and min(lines) < line_of_first(function, first):
            found.append(name)
    assert found == []


def _is_write(call: ast.Call) -> bool:
    said = dotted(call.func)
    return said.startswith("writers.") or said.rpartition(".")[2] in {"save", "delete", "create", "bulk_create"}


def test_the_tracker_goes_through_doors_and_not_through_what_lies_behind_them() -> None:
    doors = {name for name, _ in acts()}
    behind = [
        f"{named(path)}: {module}.{name}"
        for path in sources("tracker")
        for module, name in imported(path, "governance.acts")
        if f"{module}.{name}" in act_functions()
        if f"{module}.{name}" not in doors and name not in WITHOUT_AN_ACTOR and not name.endswith("_mark")
    ]
    assert behind == []


# --- The database holds what the architecture promises ----------------------------------------------------------------

INVARIANTS = {
    1: {"visit_one_open_per_release", "ownership_one_current", "ownership_clock_only_for_vacancy"},
    3: {"glass_has_reason"},
    4: {"decision_once_per_officer_and_dossier"},
    5: {"decision_four_eyes", "decision_has_reason"},
    7: {"alert_once_per_rung", "alert_once_per_moment", "delivery_once"},
    8: {"trail_sequence_once", "trail_previous_once"},
    9: {"policy_published_is_dated", "policy_one_draft", "brief_signature_is_whole", "evidence_has_digest"},
}
WRITTEN_ONCE = (
    "governance_auditevent",
    "governance_decision",
    "governance_breakglass",
    "models_registry_evidence",
    "models_registry_costentry",
)


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_each_invariant_has_its_constraints(invariant: int) -> None:
    declared = {one.name for model in apps.get_models() for one in model._meta.constraints}
    assert INVARIANTS[invariant] <= declared


@pytest.mark.django_db
def test_every_guard_stands_in_the_database() -> None:
    wanted = {
        guard.name
        for guard in (*FACT_GUARDS, *EVIDENCE_GUARDS, *CALENDAR_GUARDS, *LAW_GUARDS, *REVIEW_GUARDS, *CLOCK_GUARDS)
    }
    question = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(question)
        standing = {row[0] for row in cursor.fetchall()}
    assert wanted <= standing
    assert {f"{table}_no_{event}" for table in WRITTEN_ONCE for event in ("update", "delete")} <= standing
    assert {"governance_stagevisit_no_update", "governance_policy_no_update"} <= standing


# --- The code as it reads -------------------------------------------------------------------------------------------


def written_files() -> Iterator[Path]:
    for package in (*PACKAGES, "tests", "bench"):
        yield from sources(package)
    yield from sorted((ROOT / "templates").rglob("*.html"))


def test_no_file_has_grown_past_its_second_purpose() -> None:
    assert [named(path) for path in written_files() if path.read_text(encoding="utf-8").count("\n") > LONGEST] == []


def test_nothing_is_left_to_do() -> None:
    left = re.compile(r"(#|//|{#|/\*)\s*(TO" + r"DO|FIX" + r"ME|XXX|HACK)\b")
    found = [named(path) for path in written_files() if left.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_module_is_named_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common", "base"}
    assert [named(path) for package in PACKAGES for path in sources(package) if path.stem in empty] == []


def test_pages_keep_to_the_content_security_policy() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=\"|\shx-on|['\"]js:|<style", re.IGNORECASE)
    pages = [path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "alerts"]
    assert [named(path) for path in pages if inline.search(path.read_text(encoding="utf-8"))] == []


def test_pages_speak_of_budgets() -> None:
    pages = [path for path in (ROOT / "templates").rglob("*.*") if path.suffix in {".html", ".txt"}]
    assert [named(path) for path in pages if re.search(r"\bSLA\b", path.read_text(encoding="utf-8"))] == []
