"""The lock files: everything by hash, nothing by address, and nothing that has come apart from what they lock."""

import json
import re
import tomllib

import pytest

from tests.operations.machine import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-npm.txt"]
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|file:")


def pins(name: str) -> dict[str, str]:
    """Package and version, of every pin in a lock file."""
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\\n]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert ADDRESS.search(text) is None
    for pin in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in pin, pin.splitlines()[0]


def test_the_tests_run_on_what_production_runs_on() -> None:
    tested = pins("requirements-dev.txt")
    assert {name: tested.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


def test_what_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {re.split(r"[~=<>\[ ]", line)[0].lower() for line in project["project"]["dependencies"]}
    assert asked - set(pins("requirements.txt")) == set()
    asked = {re.split(r"[~=<>\[ ]", line)[0].lower() for line in project["dependency-groups"]["dev"]}
    assert asked - set(pins("requirements-dev.txt")) == set()


def test_the_front_end_lock_has_digests_and_no_download_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    asked = json.loads((ROOT / "package.json").read_text())["dependencies"]
    packages = {path: facts for path, facts in lock["packages"].items() if path}
    assert lock["packages"][""]["dependencies"] == asked
    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())
    assert [path for path, facts in packages.items() if "resolved" in facts] == []
