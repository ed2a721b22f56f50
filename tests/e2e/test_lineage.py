"""The lineage in a real browser: drawn where scripts run, a list where they do not, and quiet under the CSP."""

from __future__ import annotations

from tests.e2e.conftest import Visit
from tests.e2e.test_every_page import complaints

MODEL = "/models/kyc-doc-match/"  # one input of its run is described nowhere


def test_every_node_of_the_list_is_drawn_and_a_gap_is_drawn_as_one(visit: Visit) -> None:
    page = visit("admin")
    said = complaints(page)
    page.goto(MODEL)
    page.wait_for_selector("#lineage svg .lng-n")
    nodes = page.locator("#lineage [data-node]")
    assert page.locator("#lineage svg .lng-n").count() == nodes.count()
    assert page.locator("#lineage svg .lng-n.lng-gap").count() == page.locator("#lineage [data-unknown]").count() == 1
    assert page.locator("#lineage svg path.lng-e").count() >= nodes.count() - 1
    page.locator("#lineage svg a").first.click()
    page.wait_for_url("**/releases/evidence/*/")
    assert said == []


def test_without_scripts_the_list_says_the_same(visit: Visit) -> None:
    page = visit("admin", MODEL, script=False)
    assert page.locator("#lineage svg .lng-n").count() == 0
    assert page.locator("#lineage details[open] [data-node]").first.is_visible()
    assert "No dataset evidence describes it" in page.locator("#lineage").inner_text()
