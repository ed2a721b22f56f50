"""docker-compose.yml keeps the compose specification's rules, and asks for every secret instead of having one."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.operations.compose_file import GIVEN, RULES, interpolate, raw, variables
from tests.operations.machine import PYTHON, ROOT
from tracker.operations import commands

SECRETS = re.compile(r"SECRET|PASSWORD|TOKEN|KEY|EMAIL_URL")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = interpolate(raw(), GIVEN)["services"]
    return found


def test_the_file_keeps_the_specifications_rules() -> None:
    problems = Draft202012Validator(RULES).iter_errors(interpolate(raw(), GIVEN))
    assert [f"{problem.json_path}: {problem.message}" for problem in problems] == []


def test_the_rules_would_notice_a_mistake() -> None:
    broken = interpolate(raw(), GIVEN)
    broken["services"]["web"]["comand"] = ["gunicorn"]
    broken["services"]["beat"]["depends_on"]["redis"]["condition"] = "healthy"
    broken["services"]["worker"]["healthcheck"]["interval"] = "often"
    assert len(list(Draft202012Validator(RULES).iter_errors(broken))) == 3


def test_the_services_are_the_ones_of_the_architecture(services: dict[str, Any]) -> None:
    assert set(services) == {"migrate", "web", "worker", "beat", "postgres", "redis"}


def test_what_a_service_waits_for_exists_and_can_become_so(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for other, wish in service.get("depends_on", {}).items():
            assert other in services, f"{name} waits for {other}"
            if wish["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"], f"{other} has no health check"
            if wish["condition"] == "service_completed_successfully":
                assert services[other]["restart"] == "no", f"{other} never completes"


def test_nothing_waits_in_a_circle(services: dict[str, Any]) -> None:
    waiting = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    while waiting:
        ready = {name for name, others in waiting.items() if not others & set(waiting)}
        assert ready, f"a circle among {sorted(waiting)}"
        waiting = {name: others for name, others in waiting.items() if name not in ready}


def test_named_volumes_are_declared_and_used(services: dict[str, Any]) -> None:
    mounts = [mount for service in services.values() for mount in service.get("volumes", [])]
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith((".", "/", "~"))}
    assert named == set(raw()["volumes"])


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_every_secret_is_asked_for_and_has_no_default(name: str) -> None:
    kinds = {kind for found, kind, _ in variables((ROOT / "docker-compose.yml").read_text()) if found == name}
    assert kinds == {":?"}
    with pytest.raises(KeyError, match=name):
        interpolate(raw(), {key: value for key, value in GIVEN.items() if key != name})
    with pytest.raises(KeyError, match=name):
        interpolate(raw(), GIVEN | {name: ""})


def test_no_secret_is_written_into_the_file() -> None:
    for service in raw()["services"].values():
        for name, value in service.get("environment", {}).items():
            if SECRETS.search(name):
                assert [kind for _, kind, _ in variables(str(value))] == [":?"], name
                assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", str(value)), name


def test_only_the_web_process_is_published_and_only_on_loopback(services: dict[str, Any]) -> None:
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_our_own_containers_have_no_privileges_to_lose(services: dict[str, Any]) -> None:
    for name in ("migrate", "web", "worker", "beat"):
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_command_exists_in_the_environment(services: dict[str, Any]) -> None:
    environment = str(Path(PYTHON).parent)
    for name in ("migrate", "web", "worker", "beat"):
        for words in (services[name]["command"], services[name]["healthcheck"].get("test", ["CMD", "python"])[1:]):
            assert shutil.which(words[0], path=environment), f"{name}: {words[0]}"
    assert (ROOT / services["migrate"]["command"][1]).is_file()


def test_containers_and_make_serve_run_the_same_commands(services: dict[str, Any]) -> None:
    for name, own in (("web", commands.web()), ("beat", commands.beat())):
        python, module, *words = own.argv
        assert (python, module, words) == (PYTHON, "-m", services[name]["command"])
    theirs = services["worker"]["command"]
    assert list(commands.worker(1).argv[2 : 2 + len(theirs)]) == theirs


def test_the_image_runs_as_nobody_in_particular_and_says_when_it_is_well() -> None:
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    last = stages[-1]
    assert len(stages) > 2
    assert re.search(r"^USER throughline$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*CMD \[", last, re.MULTILINE)
    assert "COPY . " not in "".join(stages)
    for line in last.splitlines():
        assert not re.match(r"(ENV|ARG) .*(SECRET|PASSWORD)", line), line


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for words in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source in allowed, source
