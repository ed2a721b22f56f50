"""The brief of a release as pages: read, edit, sign, amend."""

from __future__ import annotations

import json

from django.test import Client

from governance.acts.briefs import amend_brief, save_brief
from governance.acts.intake import start_release
from models_registry.models import Brief, Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import COMPLETE_BRIEF, World


def form_of(client: Client, release: Release) -> dict[str, str]:
    """What the form of the draft holds, as a browser would send it back."""
    page = client.get(f"/releases/{release.pk}/brief/edit/")
    names = ["expected", "latency_ms", "region", "throughput_rps", "input_schema", "acceptance_metrics.0.metric"]
    return {name: value_of(page, name) for name in names}


def test_a_draft_is_saved_and_stays_open(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    said = {**form_of(client, release), "latency_ms": "120", "do": "draft"}
    answer = client.post(f"/releases/{release.pk}/brief/edit/", said)
    assert (answer.status_code, answer["Location"]) == (303, f"/releases/{release.pk}/brief/edit/")
    assert "The draft is saved." in words(client.get(answer["Location"]), "body")
    assert form_of(client, release)["latency_ms"] == "120"


def test_save_and_sign_does_both_or_neither(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    refused = client.post(f"/releases/{release.pk}/brief/edit/", {"latency_ms": "120", "do": "sign"})
    assert refused.status_code == 422
    assert value_of(refused, "latency_ms") == "120"
    draft = Brief.objects.get(release=release)
    assert (draft.content, draft.is_signed) == ({}, False)
    save_brief(world.engineer, release.pk, COMPLETE_BRIEF, at=world.tick())
    complete = {name: str(value) for name, value in COMPLETE_BRIEF.items() if not isinstance(value, list)}
    [metric], [source] = COMPLETE_BRIEF["acceptance_metrics"], COMPLETE_BRIEF["data_sources"]
    rows = {f"acceptance_metrics.0.{part}": text for part, text in metric.items()}
    rows |= {"data_sources.0.name": source["name"], "data_sources.0.uri": source["uri"]}
    rows["data_sources.0.contains_personal_data"] = "yes"
    answer = client.post(
        f"/releases/{release.pk}/brief/edit/", {**complete, **rows, "region": "eu-west-2", "do": "sign"}
    )
    assert answer.status_code == 303
    draft.refresh_from_db()
    assert (draft.is_signed, draft.content["region"]) == (True, "eu-west-2")


def test_a_stale_form_keeps_its_text_and_tells_what_the_other_saved(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    opened = form_of(client, release)
    save_brief(world.colleague, release.pk, {"latency_ms": "90"}, at=world.tick())
    answer = client.post(f"/releases/{release.pk}/brief/edit/", {**opened, "latency_ms": "150", "do": "draft"})
    assert answer.status_code == 409
    assert value_of(answer, "latency_ms") == "150"
    said = words(answer)
    assert "Somebody saved this brief after you opened it." in said
    assert "Latency : yours 150 ms, saved 90 ms" in said
    assert Brief.objects.get(release=release).content == {"latency_ms": "90"}
    again = {**opened, "expected": value_of(answer, "expected"), "latency_ms": "150", "do": "draft"}
    assert client.post(f"/releases/{release.pk}/brief/edit/", again).status_code == 303
    assert Brief.objects.get(release=release).content["latency_ms"] == "150"


def test_an_expectation_that_is_no_moment_is_no_error(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    for odd in ("", "yesterday", "2026-13-45T99:99", "x" * 3000):
        answer = client.post(f"/releases/{release.pk}/brief/edit/", {"expected": odd, "region": odd[:5], "do": "draft"})
        assert answer.status_code == 303


def test_a_signed_brief_leads_to_its_amendment(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    assert client.get(f"/releases/{release.pk}/brief/edit/")["Location"] == f"/releases/{release.pk}/brief/amend/"
    late = client.post(f"/releases/{release.pk}/brief/edit/", {"region": "eu-west-9", "do": "draft"})
    assert late.status_code == 409
    assert value_of(late, "region") == "eu-west-9"
    assert "signed by Jonas Weber" in words(late)
    assert client.post(f"/releases/{release.pk}/brief/amend/", {"reason": " "}).status_code == 422
    answer = client.post(f"/releases/{release.pk}/brief/amend/", {"reason": "The budget grew."})
    assert answer["Location"] == f"/releases/{release.pk}/brief/edit/"
    assert Brief.objects.filter(release=release).count() == 2
    assert client.get(f"/releases/{release.pk}/brief/amend/").status_code == 302


def test_signing_shows_what_is_missing_or_what_it_changes(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    address = f"/releases/{release.pk}/brief/sign/"
    assert "It is not complete yet:" in words(client.get(address))
    refused = client.post(address)
    assert refused.status_code == 422
    assert not Brief.objects.get(release=release).is_signed
    save_brief(world.engineer, release.pk, COMPLETE_BRIEF, at=world.tick())
    assert "It is complete" in words(client.get(address))
    assert client.post(address).status_code == 303
    assert Brief.objects.get(release=release).signed_by == world.engineer


def test_a_signature_on_a_draft_that_changed_meanwhile_is_refused(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    save_brief(world.engineer, release.pk, COMPLETE_BRIEF, at=world.tick())
    client = visit(world.engineer)
    address = f"/releases/{release.pk}/brief/sign/"
    seen = value_of(client.get(address), "expected")
    save_brief(world.colleague, release.pk, {**COMPLETE_BRIEF, "latency_ms": "9000"}, at=world.tick())
    assert client.post(address, {"expected": seen}).status_code == 409
    assert not Brief.objects.get(release=release).is_signed


def test_an_amendment_after_the_approval_says_that_it_reopens(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    amend_brief(world.engineer, release.pk, "Less latency.", at=world.tick())
    save_brief(world.engineer, release.pk, {**COMPLETE_BRIEF, "latency_ms": "100"}, at=world.tick())
    said = words(visit(world.engineer).get(f"/releases/{release.pk}/brief/sign/"))
    assert "Latency : 120 ms → 100 ms" in said
    assert "the approval is asked for again" in said


def test_the_revisions_tell_their_differences_in_words(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    amend_brief(world.engineer, release.pk, "The budget grew.", at=world.tick())
    schema = json.dumps({"type": "object", "properties": {"score": {"type": "number"}, "why": {"type": "string"}}})
    changed = {**COMPLETE_BRIEF, "latency_ms": "100", "output_schema": schema}
    save_brief(world.engineer, release.pk, changed, at=world.tick())
    client = visit(world.viewer)
    said = words(client.get(f"/releases/{release.pk}/brief/"))
    assert "Revision 2 is a draft" in said
    assert "The budget grew." in said
    assert "Latency 120 ms → becomes 100 ms" in said
    assert "2 fields: added why" in said
    first = words(client.get(f"/releases/{release.pk}/brief/?revision=1"))
    assert "Revision 1, signed by Jonas Weber" in first
    assert client.get(f"/releases/{release.pk}/brief/?revision=9").status_code == 404


def test_readers_read_the_brief_and_change_nothing(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    for person in (world.viewer, world.auditor):
        client = visit(person)
        assert client.get(f"/releases/{release.pk}/brief/").status_code == 200
        for act in ("edit", "sign", "amend"):
            assert client.get(f"/releases/{release.pk}/brief/{act}/").status_code == 403
            assert client.post(f"/releases/{release.pk}/brief/{act}/", {"reason": "x"}).status_code == 403
    client = visit(world.stranger)
    for act in ("", "edit/", "sign/", "amend/"):
        assert client.get(f"/releases/{release.pk}/brief/{act}").status_code == 404


def test_a_new_release_starts_with_the_signed_brief_of_the_one_before(world: World, visit: Visit) -> None:
    first = world.release_at(Stage.LIVE)
    second = start_release(world.engineer, first.model, at=world.tick())
    assert form_of(visit(world.engineer), second)["latency_ms"] == "120"


def test_an_amendment_is_discarded_from_its_page_and_the_first_draft_is_not(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    amend_brief(world.engineer, release.pk, "Faster.", at=world.tick())
    page = client.get(f"/releases/{release.pk}/brief/discard/")
    said = {"expected": value_of(page, "expected")}
    assert (
        client.post(f"/releases/{release.pk}/brief/discard/", {"expected": "2020-01-01T00:00:00+00:00"}).status_code
        == 409
    )
    assert client.post(f"/releases/{release.pk}/brief/discard/", said).status_code == 303
    assert Brief.objects.filter(release=release).count() == 1
    first = world.release_at(Stage.BRIEF)
    assert client.post(f"/releases/{first.pk}/brief/discard/", {}).status_code == 409
