"""The page of one review: what it shows, compared with what `bench/statements/review.sql` found of the same review."""

from __future__ import annotations

from datetime import datetime

from bench.by_hand import Answer
from bench.comparing import same
from governance.four_eyes import TIES
from models_registry.models import Person
from tracker.review_desk import ReviewPage, review_page


def review(person: Person, now: datetime, found: Answer) -> None:
    """Raises `Differs` for a part of the page that the statements do not give."""
    (told,) = found["under_review"]
    shown = review_page(person, told["review_id"], now)
    same("what is under review", told["slug"], shown.model.slug)
    same("the state", (told["state"], told["stage"]), (shown.review.state, shown.visit.stage))
    same("the policy", told["version"], shown.visit.policy.version)
    same("who answers for it", told["owner"] or "", shown.dossier.owner_name)
    same("where the tier comes from", told["assessed_by"] or "", shown.tier.who)
    brief = next((row["number"] for row in found["briefs"] if row["signed_at"]), None)
    same("the brief", brief, shown.brief.number if shown.brief else None)
    _dossier(shown, found)
    _said(shown, found)
    _people(shown, found, person)


def _dossier(shown: ReviewPage, found: Answer) -> None:
    pieces = [
        (row["id"], row["candidate"], row["added_by"], row["file_name"], len(row["title"])) for row in found["evidence"]
    ]
    same(
        "the evidence",
        pieces,
        [
            (
                piece.pk,
                piece.version.number if piece.version else None,
                str(piece.added_by) if piece.added_by else None,
                piece.file.name if piece.file else None,
                len(piece.title),
            )
            for piece in shown.visit.release.standing_evidence
        ],
    )
    same("the kinds that were seen then", [row["kind"] for row in found["had"]], sorted(shown.names.had))
    same("the trail", [row["id"] for row in found["activity"]], [event.pk for _, event in shown.activity])


def _said(shown: ReviewPage, found: Answer) -> None:
    rows = [(row["about"], row["digest"], row["who"]) for row in found["said"] if row["what"] == "control"]
    same("the verdicts", rows, [(one.control, one.digest, one.officer) for one in shown.said.verdicts])
    rows = [(row["about"], row["word"], row["who"]) for row in found["said"] if row["what"] == "group"]
    same("the advice", rows, [(one.group, one.stance, one.who) for one in shown.said.advice])
    waived = {row["about"]: row["of"] for row in found["said"] if row["what"] == "waiver" and not row["ended_at"]}
    same("the waivers", waived, dict(shown.said.waivers))
    same("the findings", [row["id"] for row in found["findings"]], [finding.pk for finding in shown.findings])
    mine = [row["decision"] for row in found["decisions"] if row["id"] == shown.review.pk and row["decision"]]
    same("the decisions", mine, [word.decision.pk for word in shown.words])
    others = dict.fromkeys(row["id"] for row in found["decisions"] if row["own"] and row["id"] != shown.review.pk)
    same("the reviews before", list(others), [one.pk for one in shown.earlier])
    last = next((row["id"] for row in found["decisions"] if not row["own"]), None)
    same("the last approval", last, shown.since.review.pk if shown.since else None)


def _people(shown: ReviewPage, found: Answer, person: Person) -> None:
    same("the people", [row["person_here"] for row in found["people"]], list(shown.people))
    did = {row["person_here"]: TIES[row["place"]].did for row in found["people"] if row["place"] is not None}
    same("who had a hand in it", did, dict(shown.hands))
    bar = next(
        (TIES[row["place"]].code for row in found["people"] if row["person_here"] == person.pk and row["place"]), ""
    )
    same("whether four eyes bars the reader", bar, shown.review.bar)
    same("the groups", {row["slug"]: row["name"] for row in found["groups"]}, dict(shown.names.groups))
