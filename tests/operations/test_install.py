"""The environment's installer refuses an unfit Python in one sentence, before it touches anything."""

import subprocess
from pathlib import Path

import pytest

from tests.operations.machine import ROOT, clean_environment

INSTALL = ROOT / "tracker" / "operations" / "install.sh"


def pretend_python(folder: Path, version: str, *, knows_venv: bool) -> Path:
    """A python3 of that version, as far as the installer's questions go."""
    new_enough = tuple(int(part) for part in version.split(".")) >= (3, 11)
    script = folder / "python3"
    script.write_text(
        "#!/bin/sh\n"
        f'case "$1 $2" in "--version "*) echo "Python {version}"; exit 0;;\n'
        f"*version_info*) exit {0 if new_enough else 1};; *ensurepip*) exit {0 if knows_venv else 1};; esac\n"
    )
    script.chmod(0o755)
    return folder


def install(path: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(PATH=path)
    environment.pop("PYTHON", None)
    return subprocess.run(
        ["/bin/sh", str(INSTALL), "run"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("version", ["3.9.2", "3.10.14", "2.7.18"])
def test_an_old_python_is_named(tmp_path: Path, version: str) -> None:
    done = install(f"{pretend_python(tmp_path, version, knows_venv=True)}:/usr/bin:/bin")
    assert done.returncode == 2
    assert done.stderr == (
        f"Throughline needs Python 3.11 or newer, and python3 here is {version}:"
        " install a newer one, or name it with PYTHON=/path/to/python3.\n"
    )


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    done = install(f"{pretend_python(tmp_path, '3.11.2', knows_venv=False)}:/usr/bin:/bin")
    assert done.returncode == 2
    assert done.stderr == "Python's venv module is missing: install it (on Debian: apt-get install python3-venv).\n"


def test_no_python_at_all_is_one_sentence(tmp_path: Path) -> None:
    for name in ("dirname", "sh"):
        (tmp_path / name).symlink_to(Path("/bin") / name)
    done = install(str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("Throughline needs Python 3.11 or newer, and there is no python3 here:")
    assert done.stderr.count("\n") == 1
