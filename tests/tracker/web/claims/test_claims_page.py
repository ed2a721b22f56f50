"""The claim board as each role gets it, and one's own work."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from governance.acts import ownership
from governance.models import AuditEvent, EarlyClaim
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import HTMX, Visit, queries_of, words
from tests.world import World

ADDRESS = "/claims/"


def swap(client: Client, world: World, release: Release) -> object:
    """One click on Claim, as htmx sends it."""
    headers = {**HTMX, "HX-Target": f"vacancy-{release.pk}"}
    data = {"expected_visit": world.visit(release).pk}
    return client.post(f"/releases/{release.pk}/claim/", data, headers=headers)


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]  # a test response


def test_it_asks_for_a_sign_in() -> None:
    assert Client().get(ADDRESS).status_code == 302
    assert Client().get("/claims/work/").status_code == 302


def test_the_first_sentence_says_what_waits_and_how_much_room_there_is(world: World, visit: Visit) -> None:
    world.now = world.now.replace(hour=16)
    taken = world.release_at(Stage.DEPLOYMENT)
    ownership.claim(world.colleague, taken.pk, at=world.tick())
    world.release_at(Stage.DEPLOYMENT)  # in the small hours of Wednesday
    said = words(visit(world.colleague).get(ADDRESS))
    assert "One deployment has no owner . You own 1 deployment, so you can take two more." in said
    world.now += timedelta(days=3)
    said = words(visit(world.colleague).get(ADDRESS))
    assert "One deployment has no owner , and it is past its budget." in said


def test_an_empty_board_says_so(world: World, visit: Visit) -> None:
    said = words(visit(world.engineer).get(ADDRESS))
    for part in (
        "Nothing waits for you to claim.",
        "Every release has an owner",
        "You own nothing",
        "No hand-over waits",
    ):
        assert part in said
    world.release_at(Stage.DEPLOYMENT)
    assert "No vacancy matches" in words(visit(world.engineer).get(f"{ADDRESS}?tier=high"))


def test_the_row_has_the_requirements_on_one_line_and_the_button(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    text = text_of(visit(world.colleague).get(ADDRESS))
    begin = text.index(f'id="vacancy-{release.pk}"')
    row = text[begin : text.index('<div class="cl-c">', begin)]
    for part in ("p95 ≤ 120\xa0ms", "300\xa0req/s", "99.9%", "2\xa0cores, 4\xa0GiB", "eu-west-1", "gate checks met"):
        assert part in row
    assert f'hx-post="/releases/{release.pk}/claim/"' in text


def test_others_see_it_with_who_may_claim_it(world: World, visit: Visit) -> None:
    world.release_at(Stage.DEPLOYMENT)
    world.release_at(Stage.COMPLIANCE_REVIEW)
    said = {name: words(visit(getattr(world, name)).get(ADDRESS)) for name in ("viewer", "officer", "auditor", "lead")}
    assert "Open to leads and engineers of Payments risk" in said["viewer"]
    assert "Open to compliance officers" in said["viewer"]
    assert "One release that you may claim has no owner" in said["officer"]
    assert said["auditor"].count("Auditors read and own nothing") == 2
    assert "Open to compliance officers" in said["lead"]


def test_a_restricted_vacancy_is_hidden_from_strangers(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT, name="hidden-scorer", restricted=True)
    stranger = visit(world.stranger)
    assert "hidden-scorer" not in text_of(stranger.get(ADDRESS))
    assert "hidden-scorer" not in b"".join(stranger.get(f"{ADDRESS}?format=csv").streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    assert getattr(swap(stranger, world, release), "status_code") == 404  # noqa: B009
    assert world.spell(release).owner is None


def test_one_click_claims_and_the_row_becomes_yours_with_its_next_step(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    answer = swap(visit(world.colleague), world, release)
    text = text_of(answer)
    assert text.strip().startswith("<li")
    assert "Yours since just now" in text
    assert "Specify the deployment" in text
    assert f'href="/releases/{release.pk}/deployment/' in text
    assert world.spell(release).owner == world.colleague


def test_who_was_slower_is_told_who_won_and_when_to_the_second(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.colleague)
    ownership.claim(world.engineer, release.pk, at=world.now + timedelta(seconds=7))
    answer = swap(client, world, release)
    assert getattr(answer, "status_code") == 409  # noqa: B009
    assert f"Claimed by Jonas Weber at {world.spell(release).since:%H:%M:%S}." in text_of(answer)
    assert 'role="alert"' in text_of(answer)
    assert world.spell(release).owner == world.engineer


def test_who_owns_as_much_as_they_carry_is_warned_and_has_to_mean_it(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    world.colleague.load_limit = 1
    world.colleague.save()
    ownership.assign(world.lead, world.release_at(Stage.VALIDATION).pk, world.colleague, at=world.tick())
    client = visit(world.colleague)
    assert "you own 1 of 1" in words(client.get(ADDRESS))
    refused = client.post(f"/releases/{release.pk}/claim/", {"expected_visit": world.visit(release).pk})
    assert refused.status_code == 409
    assert "Priya Raman owns 1 of 1 stages already." in words(refused)
    assert world.spell(release).owner is None
    assert "You own 1 stage, and 1 is your limit." in words(client.get(f"/releases/{release.pk}/claim/"))
    sent = {"expected_visit": world.visit(release).pk, "confirmed": "yes"}
    assert client.post(f"/releases/{release.pk}/claim/", sent).status_code == 303
    assert AuditEvent.objects.get(act="owner.claim").detail["over_limit"] == "owns 1 already, limit 1"


def test_a_deployment_is_claimed_ahead_named_and_given_back_on_its_pages(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    mine, lead = visit(world.colleague), visit(world.lead)
    said = words(mine.get(ADDRESS))
    assert "Not yet begun: claim ahead" in said
    assert mine.post(f"/releases/{release.pk}/claim-early/", {}).status_code == 303
    assert "Yours when it begins" in words(mine.get(ADDRESS))
    late = visit(world.engineer).post(f"/releases/{release.pk}/claim-early/", {})
    assert late.status_code == 409
    assert "Priya Raman was faster" in words(late)
    assert "Priya Raman" in words(lead.get(f"/models/{release.model.slug}/"))
    form = {"owner": world.engineer.pk, "expected_owner": world.colleague.pk}
    assert lead.post(f"/releases/{release.pk}/assign-early/", form).status_code == 303
    assert mine.post(f"/releases/{release.pk}/give-back/", {"reason": "Not mine."}).status_code == 403
    back = visit(world.engineer).post(f"/releases/{release.pk}/give-back/", {"reason": "On leave then."})
    assert back.status_code == 303
    assert EarlyClaim.objects.filter(until__isnull=True).count() == 0


def test_a_double_click_claims_once(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.colleague)
    first, second = swap(client, world, release), swap(client, world, release)
    assert [getattr(answer, "status_code") for answer in (first, second)] == [200, 200]  # noqa: B009
    assert world.visit(release).ownerships.filter(owner=world.colleague).count() == 1


def test_a_claim_of_what_has_moved_meanwhile_is_refused_with_where_it_is(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    headers = {**HTMX, "HX-Target": f"vacancy-{release.pk}"}
    old = release.visits.order_by("entered_at").first()
    assert old is not None
    answer = visit(world.colleague).post(f"/releases/{release.pk}/claim/", {"expected_visit": old.pk}, headers=headers)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#notices")
    assert "This page was out of date" in answer.content.decode()
    assert world.spell(release).owner is None


@pytest.mark.parametrize("name", ["viewer", "officer", "auditor"])
def test_who_may_not_own_it_cannot_claim_it(world: World, visit: Visit, name: str) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    assert getattr(swap(visit(getattr(world, name)), world, release), "status_code") == 403  # noqa: B009
    assert world.spell(release).owner is None


def test_without_a_script_the_claim_goes_back_to_the_board(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.colleague)
    answer = client.post(f"/releases/{release.pk}/claim/?next=/claims/%3Fpage%3D2", {})
    assert (answer.status_code, answer["Location"]) == (303, "/claims/?page=2")
    assert "You own deployment of card-fraud-scorer-1" in text_of(client.get(ADDRESS))


def test_each_own_stage_has_exactly_one_next_step_with_the_page_that_does_it(world: World, visit: Visit) -> None:
    brief, validation, live = (world.release_at(stage) for stage in (Stage.BRIEF, Stage.VALIDATION, Stage.LIVE))
    deployment = world.release_at(Stage.DEPLOYMENT)
    ownership.claim(world.engineer, deployment.pk, at=world.tick())
    text = text_of(visit(world.engineer).get(ADDRESS))
    steps = {
        brief: ("Complete the brief", f"/releases/{brief.pk}/brief/"),
        validation: ("Name the candidate", f"/releases/{validation.pk}/candidate/"),
        deployment: ("Specify the deployment", f"/releases/{deployment.pk}/deployment/"),
        live: ("Keep it serving", f"/models/{live.model.slug}/?release=1"),
    }
    for release, (title, address) in steps.items():
        begin = text.index(f'id="work-{release.pk}"')
        row = text[begin : text.index("</li>", begin)]
        assert row.count("nx-k") == 1
        assert title in row
        assert f'class="btn" href="{address}' in row


def test_hand_overs_to_me_can_be_answered_and_those_from_me_withdrawn(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    ownership.offer_handover(world.engineer, release.pk, world.colleague, "On leave from Monday.", at=world.tick())
    mine, theirs = words(visit(world.colleague).get(ADDRESS)), words(visit(world.engineer).get(ADDRESS))
    assert "To you card-fraud-scorer-1" in mine
    assert "On leave from Monday." in mine
    assert "Jonas Weber stays accountable until you accept; unanswered, the offer ends" in mine
    assert "From you card-fraud-scorer-1" in theirs
    assert "Withdraw" in theirs


def test_the_rail_tells_who_has_room_and_what_was_claimed_lately(world: World, visit: Visit) -> None:
    world.now = world.now.replace(hour=14)
    release = world.release_at(Stage.DEPLOYMENT)  # in the small hours of Tuesday
    world.now = world.now.replace(hour=10)
    ownership.claim(world.engineer, release.pk, at=world.now)
    said = words(visit(world.engineer).get(ADDRESS))
    assert "JW You 1" in said
    assert "Priya Raman 0" in said
    assert "You claimed card-fraud-scorer-1 r1 waited 1h" in said


def test_all_of_ones_work_has_a_page_of_its_own(world: World, visit: Visit) -> None:
    for _ in range(13):
        world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    assert 'href="/claims/work/"' in text_of(client.get(ADDRESS))
    said = words(client.get("/claims/work/"))
    assert "You answer for 13 releases." in said
    assert said.count("Complete the brief") == 13


def test_both_lists_can_be_exported(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="+mine")
    world.release_at(Stage.DEPLOYMENT, name="vacant")
    client = visit(world.engineer)

    def rows(address: str) -> list[dict[str, str]]:
        answer = client.get(address)
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
        return list(csv.DictReader(io.StringIO(text)))

    [vacancy] = rows(f"{ADDRESS}?format=csv")
    assert (vacancy["Model"], vacancy["Who may claim it"], vacancy["Stage"]) == ("vacant", "you", "deployment")
    [work] = rows("/claims/work/?format=csv")
    assert (work["Model"], work["Next step"]) == ("'+mine", "Complete the brief")


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?page=999999999", "?tier=%00", "?stage=²", "?team=nobody"])
def test_an_address_that_means_nothing_shows_the_board(world: World, visit: Visit, query: str) -> None:
    world.release_at(Stage.DEPLOYMENT)
    assert visit(world.engineer).get(f"{ADDRESS}{query}").status_code == 200


def test_no_part_of_it_needs_a_script_and_none_is_inline(world: World, visit: Visit) -> None:
    world.release_at(Stage.DEPLOYMENT)
    text = text_of(visit(world.colleague).get(ADDRESS))
    main = text[text.index("<main") : text.index("</main>")]
    assert " style=" not in main
    assert "<script" not in main
    assert 'method="post" action="/releases/' in main


def test_fifty_rows_cost_as_many_queries_as_one_and_at_most_twenty_four(world: World, visit: Visit) -> None:
    people = {name: getattr(world, name) for name in ("engineer", "officer", "admin", "viewer")}

    def vacate() -> None:
        release = world.release_at(Stage.BRIEF)
        ownership.step_down(world.engineer, release.pk, "On leave.", at=world.tick())

    vacate()
    for stage in (Stage.BRIEF, Stage.VALIDATION, Stage.LIVE):
        world.release_at(stage)
    ownership.claim(world.officer, world.release_at(Stage.COMPLIANCE_REVIEW).pk, at=world.tick())
    few = {name: queries_of(visit(person), ADDRESS) for name, person in people.items()}
    for _ in range(51):
        vacate()
    many = {name: queries_of(visit(person), ADDRESS) for name, person in people.items()}
    # A page that is full asks for nobody else's vacancies.
    assert all(0 <= few[name] - many[name] <= 1 for name in people)
    assert max(many.values()) <= 24
    assert "1–50 of 52 without an owner" in words(visit(world.engineer).get(ADDRESS))
