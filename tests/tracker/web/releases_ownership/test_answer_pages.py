"""Answering a stall: pages that mails and the inbox lead to; looking changes nothing."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from governance.acts.answers import acknowledge
from governance.models import Acknowledgement
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.alerts.sweeping import business_days
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World
from tracker.stalls import notice

WHY = "The vendor answers on Thursday."


def late(world: World) -> Release:
    release = world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.1)
    notice(world.now)
    return release


def test_a_link_leads_through_the_sign_in_to_a_page_that_asks(world: World, visit: Visit) -> None:
    release = late(world)
    address = f"/releases/{release.pk}/acknowledge/"
    door = Client().get(address)
    assert door.status_code == 302
    assert door["Location"].endswith(f"?next={address}")
    page = visit(world.engineer).get(address)
    assert "Acknowledge card-fraud-scorer-1, release 1" in words(page)
    assert Acknowledgement.objects.count() == 0


def test_an_answer_is_shown_on_dashboard_model_page_and_inbox(world: World, visit: Visit) -> None:
    release = late(world)
    client = visit(world.engineer)
    sent = {
        "reason": WHY,
        "expected_end": "other",
        "other_day": "2026-06-12",
        "expected_visit": world.visit(release).pk,
    }
    address = f"/releases/{release.pk}/acknowledge/"
    answers = [client.post(address, sent) for _ in range(2)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, "/stalls/")] * 2
    said = Acknowledgement.objects.get()
    assert f"{said.expected_at:%Y-%m-%d %H:%M}" == "2026-06-12 23:59"
    lead = visit(world.lead)
    assert f"Jonas Weber: moves by Fri 12 Jun . {WHY}" in words(lead.get("/stalls/"))
    page = words(lead.get(reverse("model", args=[release.model.slug])))
    assert f"Acknowledged: Jonas Weber expects it to move by Fri 12 Jun . {WHY}" in page
    assert f"Jonas Weber acknowledged it, to move by Fri 12 Jun : {WHY}" in words(lead.get("/inbox/"))


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(world: World, visit: Visit) -> None:
    release = late(world)
    client = visit(world.engineer)
    far = {"reason": WHY, "expected_end": "other", "other_day": "2027-06-12"}
    answer = client.post(f"/releases/{release.pk}/acknowledge/", far)
    assert answer.status_code == 422
    assert "Give a day within 90 days" in words(answer)
    assert value_of(answer, "reason").strip() == WHY
    empty = client.post(f"/releases/{release.pk}/snooze/", {"hours": "24", "reason": ""})
    assert (empty.status_code, Acknowledgement.objects.count()) == (422, 0)
    more = client.post(f"/releases/{release.pk}/snooze/", {"hours": "72", "reason": WHY})
    assert more.status_code == 422
    done = client.post(f"/releases/{release.pk}/snooze/?next=/inbox/", {"hours": "24", "reason": WHY})
    assert (done.status_code, done["Location"]) == (303, "/inbox/")


def test_only_who_is_told_gets_there(world: World, visit: Visit) -> None:
    release = late(world)
    assert visit(world.viewer).get(f"/releases/{release.pk}/acknowledge/").status_code == 403
    hidden = world.release_at(Stage.BRIEF, restricted=True)
    assert visit(world.stranger).get(f"/releases/{hidden.pk}/snooze/").status_code == 404
    fresh = visit(world.engineer).get(f"/releases/{hidden.pk}/snooze/")
    assert fresh.status_code == 409
    assert "there is nothing to answer" in words(fresh)


def test_an_earlier_answer_is_shown_before_it_is_replaced(world: World, visit: Visit) -> None:
    release = late(world)
    acknowledge(world.engineer, release.pk, WHY, business_days(world.now, 2), at=world.now)
    assert f"You answered already: {WHY} until" in words(
        visit(world.engineer).get(f"/releases/{release.pk}/acknowledge/")
    )
