"""The audit log: who did what to which model, when, in words, in order, and at a constant cost."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.calendars import save_calendar
from governance.acts.intake import ModelFacts, edit_model
from governance.acts.organisation import TeamFacts, save_person, save_team, set_member
from governance.acts.transitions import kill
from governance.errors import NotFound, NotPermitted
from governance.models import AuditEvent
from governance.trail import ORGANISATION, SYSTEM_NAME, release_chain, seal
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, RiskTier, Stage, TeamRole
from tests.governance import tampering
from tests.world import World
from tracker import audit_log
from tracker.audit_log import Filters, Place, Window, matching, window
from tracker.audit_words import ACTS, Change, changes_of, facts_of, label_of, tell

pytestmark = pytest.mark.django_db


def acts(found: Window) -> list[str]:
    return [row.event.act for row in found.rows]


def newest(act: str) -> AuditEvent:
    return AuditEvent.objects.filter(act=act).latest("pk")


def test_only_auditors_officers_and_administrators_read_the_whole_trail(world: World) -> None:
    world.release_at(Stage.BRIEF)
    for person in (world.auditor, world.officer, world.admin):
        assert window(person, Filters()).count == AuditEvent.objects.count()
    for person in (world.lead, world.engineer, world.viewer, world.stranger):
        for question in (
            lambda who: window(who, Filters()),
            lambda who: list(audit_log.export(who, Filters())),
            lambda who: audit_log.one(who, 1),
            audit_log.verdict,
        ):
            with pytest.raises(NotPermitted):
                question(person)


def test_the_newest_act_stands_first_and_each_is_told_in_words(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    kill(world.lead, release.pk, "no_value", "It adds nothing.", at=world.tick())
    found = window(world.auditor, Filters(release=release.pk))
    assert acts(found)[:3] == ["release.kill", "stage.advance", "brief.sign"]
    row = found.rows[0]
    assert (row.told.who, row.told.did, row.told.quote) == (
        "Marta Oliveira",
        "gave it up in validation",
        "It adds nothing.",
    )
    assert row.changes == (Change("Stage", "Validation", "Killed in validation"),)
    assert (row.slug, row.label) == (release.model.slug, "Killed")


def test_filters_by_model_release_person_and_act(world: World) -> None:
    one, other = world.release_at(Stage.VALIDATION, name="alpha"), world.release_at(Stage.BRIEF, name="beta")
    edit_model(world.lead, one.model_id, ModelFacts("alpha", "Another purpose."), at=world.tick())
    seal(world.tick())

    def found(**asked: object) -> set[str]:
        return set(acts(window(world.auditor, Filters(**asked))))  # type: ignore[arg-type]

    assert "model.edit" in found(model="ALPH")
    assert "model.edit" not in found(release=one.pk)
    assert found(model="alph", person="marta") == {"model.edit"}
    assert found(release=other.pk) == {"model.register", "chain.open"}
    assert found(person=world.lead.email.upper()) == {"model.edit"}
    assert found(person=SYSTEM_NAME) == {"policy.publish", "trail.seal"}
    assert found(act="brief.sign") == {"brief.sign"}
    assert found(model="nothing like it") == set()
    assert found(person="nobody") == set()
    assert not Filters().narrows
    assert Filters(act="x").narrows


def test_a_person_who_has_changed_names_is_found_by_either(world: World) -> None:
    world.release_at(Stage.BRIEF)
    save_person(
        world.admin,
        email=world.engineer.email,
        full_name="Jonas Neumann",
        person=world.engineer,
        at=world.tick(),
    )
    for name in ("Neumann", "Jonas Weber"):
        assert "model.register" in acts(window(world.auditor, Filters(person=name)))


def test_days_are_whole_days_of_the_reader(world: World) -> None:
    world.release_at(Stage.BRIEF)
    event = newest("model.register")
    zone = ZoneInfo("Pacific/Auckland")  # already the next day there
    day = event.at.astimezone(zone).date()

    def found(**asked: date) -> bool:
        return "model.register" in acts(window(world.auditor, Filters(**asked, zone=zone)))  # type: ignore[arg-type]

    assert found(since=day, until=day)
    assert not found(since=day + timedelta(days=1))
    assert not found(until=day - timedelta(days=1))
    assert found(until=date.max)


@pytest.mark.slow
def test_the_list_is_walked_back_and_forth_without_losing_or_repeating_an_event(world: World) -> None:
    for _ in range(25):
        world.release_at(Stage.VALIDATION)
    everything = list(AuditEvent.objects.order_by("-at", "-pk").values_list("pk", flat=True))
    assert len(everything) > 2 * audit_log.SIZE
    forward, page = [], window(world.auditor, Filters())
    assert page.newer is None
    pages = [page]
    while page.older is not None:
        page = window(world.auditor, Filters(), older_than=page.older)
        pages.append(page)
    forward = [row.event.pk for page in pages for row in page.rows]
    assert forward == everything
    back = pages[-1]
    assert back.newer is not None
    again = window(world.auditor, Filters(), newer_than=back.newer)
    assert [row.event.pk for row in again.rows] == [row.event.pk for row in pages[-2].rows]
    assert again.older is not None


def test_a_place_reads_what_it_writes_and_nothing_else(world: World) -> None:
    world.release_at(Stage.BRIEF)
    place = Place.of(newest("model.register"))
    assert Place.read(str(place)) == place
    for nonsense in (
        "",
        "~",
        "x~1",
        "2026-01-01~1",
        "2026-01-01T00:00:00+00:00~x",
        "2026-01-01T00:00:00+00:00~-1",
        "0001-01-01T00:00:00+14:00~1",
        "9999-12-31T23:59:59-12:00~1",
        "~9" * 40,
    ):
        assert Place.read(nonsense) is None


def test_a_window_costs_three_queries(world: World) -> None:
    for _ in range(4):
        world.release_at(Stage.VALIDATION)
    with CaptureQueriesContext(connection) as queries:
        window(world.auditor, Filters(model="card", person="jonas", act="brief.sign"))
    assert len(queries) == 3
    with CaptureQueriesContext(connection) as queries:
        window(world.auditor, Filters())
    assert len(queries) == 3


def test_an_export_is_in_the_order_of_events_and_as_they_were_written(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    rows = list(audit_log.export(world.auditor, Filters(release=release.pk)))
    chain = [row for row in rows if row["chain"] == release_chain(release.pk)]
    assert [row["sequence"] for row in chain] == list(range(1, len(chain) + 1))
    event = AuditEvent.objects.get(hash=chain[-1]["hash"])
    assert (chain[-1]["detail"], chain[-1]["previous"], chain[-1]["actor"]) == (
        event.detail,
        event.previous,
        "Jonas Weber",
    )


def test_one_event_knows_its_neighbours_and_whether_it_holds(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    second = AuditEvent.objects.get(chain=release_chain(release.pk), sequence=2)
    link = audit_log.one(world.auditor, second.pk)
    assert link.before is not None
    assert link.after is not None
    assert (link.before.sequence, link.after.sequence, link.fits, link.follows) == (1, 3, True, True)
    tampering.guards_down()
    tampering.events(pk=second.pk).update(actor_name="Somebody Else")
    link = audit_log.one(world.auditor, second.pk)
    assert (link.fits, link.follows) == (False, True)
    tampering.events(pk=second.pk).update(previous="0" * 64)
    assert not audit_log.one(world.auditor, second.pk).follows
    with pytest.raises(NotFound):
        audit_log.one(world.auditor, 999_999)


def test_the_trail_is_verified_where_it_is_short_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release = world.release_at(Stage.VALIDATION)
    whole = audit_log.verdict(world.auditor)
    assert whole is not None
    assert (whole.holds, whole.events) == (True, AuditEvent.objects.count())
    part = audit_log.verdict(world.officer, release.pk)
    assert part is not None
    assert (part.holds, part.chains) == (True, 1)
    monkeypatch.setattr(audit_log, "VERIFIED_HERE", 3)
    assert audit_log.verdict(world.auditor) is None
    assert audit_log.verdict(world.auditor, release.pk) == part


# --- In words -------------------------------------------------------------------------------------------------------


def test_every_act_that_is_written_has_a_label() -> None:
    written = set()
    for folder in ("governance/trail", "governance/acts", "tracker/management", "tracker/integrations"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            written |= set(re.findall(r'(?<=[(\s="])"?((?:\w+)\.(?:\w+))"(?=[,)\s])', text)) & _acts_in(text)
    assert written - set(ACTS) == set()


def _acts_in(text: str) -> set[str]:
    """The words of two parts that code quotes and that name an act of a known thing."""
    things = {act.partition(".")[0] for act in ACTS}
    return {word for word in re.findall(r'"([a-z_]+\.[a-z_]+)"', text) if word.partition(".")[0] in things}


def test_an_act_that_is_not_known_is_told_by_its_name() -> None:
    event = AuditEvent(act="model.forget_it", actor_name="Ada", at=datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
    assert (tell(event).did, label_of(event.act)) == ("model forget it", "Model forget it")


def test_what_the_organisation_does_is_told_too(world: World) -> None:
    world.release_at(Stage.VALIDATION)
    facts = TeamFacts(name="Motor claims", calendar=world.calendar)
    team = save_team(world.admin, facts, at=world.tick())
    save_team(world.admin, TeamFacts(name="Motor", calendar=world.calendar), team=team, at=world.tick())
    set_member(world.admin, team, world.stranger, TeamRole.ENGINEER, at=world.tick())
    set_member(world.admin, team, world.stranger, TeamRole.LEAD, at=world.tick())
    save_person(world.admin, email="new@team.example", full_name="New One", role=OrgRole.AUDITOR, at=world.tick())
    seal(world.tick())
    told = [tell(event).did for event in AuditEvent.objects.filter(chain=ORGANISATION).order_by("-pk")[:6]]
    assert told[::-1] == [
        "created the team",
        "edited the team: name",
        "brought Yusuf Demir into the team as engineer",
        "changed Yusuf Demir from engineer to lead",
        "added the person as auditor",
        "sealed 1 chain",
    ]
    assert changes_of(newest("team.edit")) == (Change("Name", "Motor claims", "Motor"),)
    assert changes_of(newest("team.member")) == (Change("Role", "engineer", "lead"),)


def test_changes_name_what_was_and_what_is(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    edit_model(
        world.lead,
        release.model_id,
        ModelFacts(release.model.name, risk_tier=RiskTier.HIGH, tags=("vision",)),
        at=world.tick(),
    )
    assert changes_of(newest("model.edit")) == (
        Change("Purpose", "Scores card payments.", "nothing"),
        Change("Risk tier", "Low", "High"),
        Change("Tags", "none", "vision"),
    )
    assert changes_of(newest("candidate.name")) == (Change("Candidate", "nothing", "v1"),)
    assert changes_of(newest("stage.advance")) == (Change("Stage", "Compliance review", "Deployment"),)
    assert changes_of(newest("brief.sign")) == ()
    said = dict(facts_of(newest("review.request")))
    assert (said["Kind"], said["Approvals needed"]) == ("approval", "1")


def test_a_detail_that_is_no_record_is_told_without_failing(world: World) -> None:
    for detail in ([1], "text", None, {"before": [1], "after": None}, {"source": 5, "target": [], "target_state": {}}):
        event = AuditEvent(act="model.edit", actor_name="Ada", at=world.now, detail=detail)
        assert tell(event).who == "Ada"
        assert isinstance(changes_of(event), tuple)
        assert isinstance(facts_of(event), tuple)


def test_a_calendar_says_what_of_it_changed(world: World) -> None:
    save_calendar(world.admin, {"country": "DE"}, calendar=world.calendar, at=world.tick())
    assert tell(newest("calendar.save")).did == "edited the calendar: country"
    assert changes_of(newest("calendar.save")) == (Change("Country", "nothing", "DE"),)


def readers(world: World) -> list[Person]:
    return [world.auditor, world.officer, world.admin]


def test_reading_asks_for_the_right_each_time(world: World) -> None:
    for person in readers(world):
        assert matching(person, Filters()).query is not None
        person.is_active = False
        with pytest.raises(NotPermitted):
            matching(person, Filters())
