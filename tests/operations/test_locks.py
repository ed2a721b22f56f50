"""The lock files: everything by hash, nothing by address, and nothing that has come apart from what they lock."""

import json
import re
import tomllib
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.operations.machine import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-npm.txt"]
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|file:")


def pins(name: str) -> dict[str, str]:
    """Package and version, of every pin in a lock file."""
    return {package: version for package, _, version in _lines(name)}


def _lines(name: str) -> list[tuple[str, str, str]]:
    """Package, extras and version, of every pin in a lock file."""
    pattern = r"^([a-z0-9][a-z0-9._-]*)(?:\[([a-z0-9,._-]+)\])?==([^ ;\\\n]+)"
    return re.findall(pattern, (ROOT / name).read_text(), re.MULTILINE)


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


def test_an_extra_that_a_package_asks_for_is_pinned_as_one() -> None:
    """Without it pip looks for the newest release of the extra, whose hash is not in the file."""
    pinned = {package: set(extras.split(",")) for package, extras, _ in _lines("requirements-dev.txt")}
    unpinned = {
        f"{package}[{extra}]"
        for one in distributions()
        if canonicalize_name(one.name) in pinned
        for wanted in map(Requirement, one.requires or ())
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        for extra in wanted.extras
        for package in [canonicalize_name(wanted.name)]
        if extra not in pinned.get(package, set())
    }
    assert unpinned == set()
    assert pinned["coverage"] == {"toml"}
