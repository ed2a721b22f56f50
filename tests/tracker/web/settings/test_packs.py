"""The control packs on their pages: read by everybody, added to the draft by whoever writes policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.packs import add_pack_to_draft
from governance.acts.policies import publish_policy
from governance.models import Policy, PolicyStatus
from governance.packs import packs
from models_registry.vocabulary import RiskTier
from tests.tracker.web.settings.conftest import HTMX, Browser
from tests.tracker.web.visiting import words
from tests.world import World

Open = Callable[..., Browser]


@pytest.mark.parametrize("role", ["officer", "lead", "auditor", "stranger"])
def test_everybody_reads_the_packs_and_only_writers_of_policies_add_them(
    world: World, browser: Open, role: str
) -> None:
    session = browser(getattr(world, role))
    listed = words(session.get("settings_packs"))
    assert all(one.title in listed for one in packs())
    assert "no legal advice" in listed
    shown = session.get("settings_pack", "sr-11-7")
    assert "SR 26-2 replaced it" in words(shown)
    assert "V.1: Evaluation of Conceptual Soundness" in words(shown)
    assert ("Add to the draft" in words(shown)) == (role == "officer")
    assert session.get("settings_pack_add", "sr-11-7").status_code == (200 if role == "officer" else 403)
    assert session.get("settings_pack", "gdpr").status_code == 404


def test_a_pack_is_added_from_its_page_and_a_second_press_is_told(world: World, browser: Open) -> None:
    session = browser(world.officer)
    typed = session.filled("settings_pack_add", "eu-ai-act")
    nothing = session.post("settings_pack_add", "eu-ai-act", data={**typed, "tiers": []})
    assert nothing.status_code == 422
    assert "Choose at least one of the risk tiers." in words(nothing)
    added = session.post("settings_pack_add", "eu-ai-act", data={**typed, "tiers": ["high", "medium"]})
    assert (added.status_code, added["Location"]) == (303, "/settings/policies/2/")
    draft = Policy.objects.get(status=PolicyStatus.DRAFT)
    assert "bias-examined" in [one.code for one in draft.parsed().controls_of(RiskTier.MEDIUM)]
    assert "bias-examined" not in [one.code for one in draft.parsed().controls_of(RiskTier.LOW)]
    stale = session.post("settings_pack_add", "eu-ai-act", data={**typed, "tiers": ["low"]})
    assert stale.status_code == 409
    assert 'value="low"' in stale.content.decode()
    again = session.filled("settings_pack_add", "eu-ai-act", tiers=["high"])
    refused = session.post("settings_pack_add", "eu-ai-act", data=again)
    assert refused.status_code == 409
    assert "asks for every control of EU AI Act in these tiers already" in words(refused)
    assert "draft: medium, high" in words(session.get("settings_pack", "eu-ai-act"))
    dialog = session.client.get("/settings/packs/nist-ai-rmf/add/", headers=HTMX)
    assert "<html" not in dialog.content.decode()


def test_a_version_is_held_against_a_framework_clause_by_clause(world: World, browser: Open) -> None:
    session = browser(world.auditor)
    bare = words(session.get("settings_policy_coverage", 1, query={"framework": "sr-11-7"}))
    assert "no control; the pack has Monitoring plan" in bare
    policy, _ = add_pack_to_draft(world.officer, "sr-11-7", ["high"], at=world.tick())
    publish_policy(world.admin, policy.pk, at=world.tick())
    page = session.get("settings_policy_coverage", 2, query={"framework": "sr-11-7"})
    told = words(page)
    assert "High risk 12 of 12" in told
    assert "Low risk 0 of 12" in told
    assert "Conceptual soundness high" in told
    assert "about the organisation as a whole" in told
    gaps = words(session.get("settings_policy_coverage", 2, query={"framework": "sr-11-7", "show": "gaps"}))
    assert "not for low, medium risk" in gaps
    assert "VI: Internal Audit" not in gaps
    # Another framework is answered in part by the same controls.
    assert "Article 9(6)" in words(session.get("settings_policy_coverage", 2, query={"show": "gaps"}))
    assert session.get("settings_policy_coverage", 99).status_code == 404
    assert session.get("settings_policy_coverage", 2, query={"framework": "?"}).status_code == 200


def test_the_lists_are_exported(world: World, browser: Open) -> None:
    session = browser(world.auditor)
    assert [row[0] for row in session.table("settings_packs")] == ["Framework", *(one.title for one in packs())]
    answer = session.get("settings_pack", "iso-42001", query={"format": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "A.7.4" in text
    answer = session.get("settings_policy_coverage", 1, query={"format": "csv", "framework": "nist-ai-rmf"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 73
    assert any(line.startswith("MEASURE 2.11,") for line in lines)


def test_the_pages_ask_the_database_the_same_whatever_the_policy_holds(world: World, browser: Open) -> None:
    session = browser(world.officer)
    addresses: list[tuple[str, list[Any]]] = [
        ("settings_packs", []),
        ("settings_pack", ["eu-ai-act"]),
        ("settings_policy_coverage", [1]),
    ]

    def asked() -> list[int]:
        found = []
        for name, args in addresses:
            session.get(name, *args)
            with CaptureQueriesContext(connection) as queries:
                session.get(name, *args)
            found.append(len(queries))
        return found

    bare = asked()
    for key in ("eu-ai-act", "nist-ai-rmf"):
        add_pack_to_draft(world.officer, key, list(RiskTier), at=world.tick())
    assert asked() == bare
