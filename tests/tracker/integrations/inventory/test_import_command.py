"""`manage.py import_inventory`: what it prints, how it refuses, and what a kill leaves behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from models_registry.models import ImportRun, RegisteredModel
from tests.real_data import PROJECT
from tests.tracker.integrations.inventory.files import edition, row_2024, write_csv, write_xlsx
from tests.world import World


def run(*arguments: object) -> list[str]:
    out = StringIO()
    call_command("import_inventory", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_the_last_line_accounts_for_every_row_and_refusals_name_line_and_reason(tmp_path: Path) -> None:
    path = edition(tmp_path / "a.csv", row_2024(name="A"), row_2024(name=""), row_2024(name="A"), row_2024(name="B"))
    lines = run(path)
    assert lines[-1] == "created 2, updated 0, unchanged 0, refused 2"
    assert "  refused line 3: no name: 'Use Case Name' is empty" in lines
    assert "  refused line 4: an exact copy of the row on line 2" in lines
    assert run(path)[-1] == "created 0, updated 0, unchanged 2, refused 2"


@pytest.mark.django_db
def test_it_shows_the_map_its_columns_and_what_is_not_there(tmp_path: Path) -> None:
    lines = run("--dry-run", edition(tmp_path / "a.csv", row_2024(name="A", initiated="24-Nov")))
    assert "Map us-federal-2024: US federal AI use case inventory 2024, both editions" in lines
    assert "  name: 'Use Case Name'" in lines
    assert "The file speaks of 2024-12-31; later dates are plans." in lines
    assert "  dates repaired: 1 (first on line 2: initiated: 24-Nov is read as November 2024)" in lines
    assert lines[-2:] == ["Dry run: nothing was written.", "created 1, updated 0, unchanged 0, refused 0"]
    assert not RegisteredModel.objects.exists()


@pytest.mark.django_db
def test_guessed_columns_are_shown_with_how_sure_they_are(tmp_path: Path) -> None:
    rows = [["Model", "Status", "Shoe size"], ["Card fraud", "Live", "42"], ["Churn", "Pilot", "43"]]
    lines = run(write_csv(tmp_path / "a.csv", rows))
    assert "Map guessed: Columns guessed from their names and contents" in lines
    assert [line for line in lines if line.startswith("  name:")] == [
        "  name: 'Model', a guess: 100% sure, short names, few twice"
    ]
    assert not [line for line in lines if "Shoe size" in line]


@pytest.mark.django_db
def test_map_sheet_division_and_importer_can_be_named(tmp_path: Path, world: World) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        {"One": [["Use Case Name", "Status"], ["A", "Pilot"]], "Two": [["Use Case Name", "Status"], ["B", "Pilot"]]},
    )
    lines = run(
        "--sheet",
        "two",
        "--map",
        "us-federal-2025",
        "--division",
        "Bureau of Maps",
        "--as",
        world.admin.email.upper(),
        path,
    )
    assert lines[-1] == "created 1, updated 0, unchanged 0, refused 0"
    model = RegisteredModel.objects.get()
    assert (model.name, model.team.division) == ("B", "Bureau of Maps")
    assert ImportRun.objects.get().started_by == world.admin


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{folder}/none.csv"], "none.csv: there is no file at"),
        (["{folder}/a.pdf"], "a.pdf: this is a PDF document. Export the inventory as CSV or XLSX"),
        (["--map", "us-federal-2042", "{folder}/a.csv"], "map us-federal-2042: map: there is no such file"),
        (["--map", "{folder}/bad.yaml", "{folder}/a.csv"], "map bad.yaml: columns.name: say which column"),
        (["--as", "nobody@x.example", "{folder}/a.csv"], "There is nobody here with the address nobody@x.example"),
        (["--as", "jonas.weber@team.example", "{folder}/a.csv"], "Only an administrator may do this."),
    ],
)
def test_a_refusal_is_one_clear_sentence_and_changes_nothing(
    tmp_path: Path, world: World, arguments: list[str], said: str
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "bad.yaml").write_text("name: bad")
    edition(tmp_path / "a.csv", row_2024(name="A"))
    with pytest.raises(CommandError) as refusal:
        run(*(argument.format(folder=tmp_path) for argument in arguments))
    assert said in str(refusal.value)
    assert not RegisteredModel.objects.exists()


KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from governance.acts import imports

real = imports.open_chains
def killed(*arguments):
    real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[1] == "killed":
    imports.open_chains = killed
if sys.argv[1] == "migrate":
    call_command("migrate", verbosity=0)
else:
    call_command("import_inventory", sys.argv[2])
"""


def test_a_kill_in_the_middle_leaves_nothing_and_the_next_run_does_it_all(tmp_path: Path) -> None:
    path = edition(tmp_path / "a.csv", *(row_2024(name=f"M{n}") for n in range(20)))
    base = tmp_path / "t.sqlite3"
    inherited = {name: value for name, value in os.environ.items() if name != "CELERY_BROKER_URL"}
    environment = inherited | {"DATABASE_URL": f"sqlite:///{base}", "DJANGO_SETTINGS_MODULE": "tests.settings"}

    def start(what: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, what, str(path)]
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    def count(table: str) -> int:
        with sqlite3.connect(base) as database:
            return int(database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    tables = ("models_registry_registeredmodel", "governance_auditevent", "models_registry_importrun")
    assert start("migrate").returncode == 0
    assert start("killed").returncode == -signal.SIGKILL
    assert [count(table) for table in tables] == [0, 0, 0]
    done = start("whole")
    assert done.stdout.splitlines()[-1] == "created 20, updated 0, unchanged 0, refused 0"
    assert count("models_registry_registeredmodel") == 20
