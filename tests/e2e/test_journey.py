"""A release goes from brief to live through the pages alone, without any script, with an alert mail on its way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import ROOT, Site, Visit
from tests.world import COMPLETE_BRIEF, COMPLETE_DEPLOYMENT, DIGEST, INPUT_SCHEMA, MEASURED, OUTPUT_SCHEMA

NAME = "journey-scorer"
BRIEF = {
    "latency_ms": "120",
    "throughput_rps": "300",
    "availability_percent": "99.9",
    "cpu_cores": "2",
    "memory_gib": "4",
    "region": "eu-west-1",
    "monthly_budget": "1500",
    "budget_currency": "EUR",
    "input_schema": INPUT_SCHEMA,
    "output_schema": OUTPUT_SCHEMA,
    "acceptance_metrics.0.metric": "auc",
    "acceptance_metrics.0.threshold": "0.9",
    "data_sources.0.name": "card transactions",
    "data_sources.0.uri": "warehouse/cards",
    "retraining_plan": "Every quarter.",
}


def fill(page: Page, values: dict[str, str]) -> None:
    for name, value in values.items():
        page.locator(f"main [name='{name}']").fill(value)


def choose(page: Page, name: str, value: str) -> None:
    """Press a radio button as it is seen: by its label, once that has come to rest and nothing covers it."""
    button = page.locator(f"main input[name='{name}'][value='{value}']")
    page.locator("main label").filter(has=page.locator(f"input[name='{name}'][value='{value}']")).click()
    assert button.is_checked()


def send(page: Page, button: str) -> None:
    page.locator("main").get_by_role("button", name=button).first.click()
    page.wait_for_load_state()


def follow(page: Page, link: str) -> None:
    page.locator("main").get_by_role("link", name=link).first.click()
    page.wait_for_load_state()


def run_background_work(site: Site) -> None:
    """What Beat does every few seconds: a sweep, then a delivery; a minute later, so that nothing still settles."""
    code = (
        "import django; django.setup()\n"
        "from datetime import timedelta\n"
        "from django.utils.timezone import now\n"
        "from tracker.alerts.delivering import deliver\n"
        "from tracker.stalls import notice\n"
        "notice(now())\n"
        "deliver(now() + timedelta(minutes=1), seconds=60)\n"
    )
    # As many messages as there are: what a storm folds into one is no business of this journey.
    environment = site.environment | {"ALERTS_PER_HOUR": "1000"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)


def verify_controls(page: Page) -> int:
    """Say of each control of the review on the page that it holds, one after the other; returns how many there are."""
    codes = page.locator("main input[name='control']").evaluate_all("all => all.map(one => one.value)")
    for code in codes:
        control = page.locator("main details.ctl").filter(has=page.locator(f"input[name='control'][value='{code}']"))
        if control.get_attribute("open") is None:
            control.locator("summary").click()
        control.locator("button[value='verified']").click()
        page.wait_for_load_state()
    return len(codes)


def mails(site: Site) -> str:
    return "\n".join(
        path.read_text(errors="replace") for path in sorted(Path(site.var, "mail").rglob("*")) if path.is_file()
    )


@pytest.mark.slow
def test_from_brief_to_live_through_the_pages_alone(visit: Visit, site: Site) -> None:
    run_background_work(site)  # the sample's own alerts go out first, in one digest per person
    engineer = visit("engineer", "/models/new/", script=False)
    fill(engineer, {"name": NAME, **BRIEF})
    engineer.locator("main select[name='team']").select_option(label="Payments risk")
    choose(engineer, "risk_tier", "low")
    choose(engineer, "serving_mode", "online")
    engineer.locator("main select[name='latency_percentile']").select_option("95")
    engineer.locator("main select[name='data_sources.0.contains_personal_data']").select_option("yes")
    for question, answer in COMPLETE_BRIEF["risk_answers"].items():
        engineer.locator(f"main select[name='risk_answers.{question}']").select_option(answer)

    # A mistake first: it is named at its field, and nothing typed is lost.
    fill(engineer, {"latency_ms": "-120"})
    send(engineer, "Save and sign")
    assert "above 0" in engineer.locator("#f-id_latency_ms").inner_text()
    assert engineer.locator("main [name='retraining_plan']").input_value() == "Every quarter."
    fill(engineer, {"latency_ms": "120"})
    send(engineer, "Save and sign")
    assert engineer.url.startswith(f"{site.address}/models/{NAME}/")

    release = engineer.locator("main a[href*='/releases/']").first.get_attribute("href")
    assert release is not None
    base = "/releases/" + release.split("/releases/")[1].split("/")[0]

    engineer.goto(f"{base}/advance/")
    send(engineer, "Move into validation")
    engineer.goto(f"{base}/candidate/")
    fill(engineer, {"uri": f"models:/{NAME}/1", "digest": DIGEST})
    send(engineer, "Name the candidate")
    for kind in ("training_run", "model_card", "validation_report", "benchmark"):
        engineer.goto(f"{base}/evidence/add/")
        engineer.locator("main select[name='kind']").select_option(kind)
        fill(engineer, {"title": f"{kind} 1", "source": f"runs/{kind}/1"})
        if kind == "benchmark":
            for _ in range(2 if len(MEASURED) > 3 else 0):
                send(engineer, "More")
            for number, row in enumerate(MEASURED):
                fill(engineer, {f"measurements.{number}.{part}": row[part] for part in ("code", "value", "unit")})
        send(engineer, "Attach")
    engineer.goto(f"{base}/advance/")
    fill(engineer, {"message": "Ready to look at."})
    send(engineer, "Move into compliance review")

    officer = visit("officer", "/reviews/", script=False)
    follow(officer, NAME)
    assert verify_controls(officer) > 3
    choose(officer, "outcome", "approve")
    fill(officer, {"reason": "Evidence is complete and meets the brief."})
    send(officer, "Decide")

    # The policy gave the deployment to whoever had the least to do, who cannot take it: somebody else claims it.
    lead = visit("lead", f"{base}/step-down/", script=False)
    fill(lead, {"reason": "On leave from tomorrow on."})
    send(lead, "Step down")
    officer.goto(f"/models/{NAME}/")
    assert "No owner" in officer.locator("main").inner_text()

    run_background_work(site)
    assert f"Subject: No owner: {NAME} release 1 waits for somebody in deployment" in mails(site)

    engineer.goto(f"{base}/claim/")
    send(engineer, "Claim")
    engineer.goto(f"{base}/deployment/")
    fill(engineer, {key: str(value) for key, value in COMPLETE_DEPLOYMENT.items()})
    engineer.locator("main select[name='service_owner']").select_option(label="Jonas Weber")
    send(engineer, "Save this revision")
    engineer.goto(f"{base}/advance/")
    send(engineer, "Move into live")
    engineer.goto(f"/models/{NAME}/")
    assert "Live" in engineer.locator("main .meta, main .ph").first.inner_text()

    verified = subprocess.run(
        [sys.executable, "manage.py", "verify_trail"],
        cwd=ROOT,
        env={**os.environ, **site.environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (verified.returncode, "holds" in verified.stdout) == (0, True)
