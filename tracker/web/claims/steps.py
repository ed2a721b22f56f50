"""The one next step of one's own work: what to do, why, and the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from governance.gates import Check
from models_registry.vocabulary import EvidenceKind, Stage
from tracker.claims import Work

# What a check's action is in words, the page that does it, and its button.
_PAGES: Final = {
    "edit_brief": ("Complete the brief", "brief_edit", "Edit the brief", "edit"),
    "sign_brief": ("Sign the brief", "brief_sign", "Sign…", "edit"),
    "set_candidate": ("Name the candidate", "candidate_name", "Name it…", "git-commit"),
    "attach_evidence": ("Attach evidence", "evidence_add", "Attach…", "file-plus"),
    "write_deployment": ("Specify the deployment", "deployment_write", "Specify…", "server-2"),
    "request_review": ("Ask for the review again", "review_request", "Ask…", "send"),
    "send_back": ("Send it back to be approved", "release_send_back", "Send back…", "arrow-back-up"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """`title` is a verb, `detail` a sentence; `label` is the button that leads to `url`. `dialog`: it opens as one."""

    title: str
    detail: str
    label: str
    url: str
    icon: str
    dialog: bool = True


def step_of(work: Work) -> Step:
    """Exactly one, whatever the state of the work."""
    model_page = f"{reverse('model', args=[work.slug])}?release={work.number}"
    if work.hold is not None:
        reason = work.hold.label
        where = reverse("release_resume", args=[work.release_id])
        return Step(f"On hold: {reason[:1].lower()}{reason[1:]}", work.hold.reason, "Resume…", where, "player-play")
    if work.step is not None:
        return _of_check(work.step, work)
    if work.ready is not None:
        title = f"Move it to {work.ready.label.lower()}"
        where = reverse("release_advance", args=[work.release_id])
        return Step(title, "Every check of the gate is met.", "Move…", where, "arrow-narrow-right")
    if work.waits is not None:
        whom = "the team" if work.waits.owes == "team" else f"a {work.waits.owes}"
        return Step(f"Wait for {whom}", work.waits.reason, "Open", model_page, "eye", dialog=False)
    serving = work.stage is Stage.LIVE
    title, detail = ("Keep it serving", "It is live.") if serving else ("Nothing is owed", "No gate lies ahead.")
    return Step(title, detail, "Open", model_page, "eye", dialog=False)


def _of_check(check: Check, work: Work) -> Step:
    action, _, what = check.action.partition(":")
    if action == "decide_review" and work.review_id is not None:
        where = reverse("review", args=[work.review_id])
        return Step("Decide the review", check.reason, "Review", where, "gavel", dialog=False)
    if action == "classify_columns":
        where = f"{reverse('model', args=[work.slug])}?release={work.number}#gate"
        return Step("Classify the columns", check.reason, "Open", where, "tag", dialog=False)
    title, page, label, icon = _PAGES[action if action in _PAGES else "request_review"]
    where = reverse(page, args=[work.release_id])
    query = {"attach_evidence": {"kind": what}, "send_back": {"target": what}}.get(action)
    full_page = action in ("edit_brief", "write_deployment")
    return Step(
        _title(title, check, what),
        check.reason,
        label,
        f"{where}?{urlencode(query)}" if query else where,
        icon,
        dialog=not full_page,
    )


def _title(title: str, check: Check, what: str) -> str:
    """More telling than the action alone, where the check is about one measured value or one kind of evidence."""
    if check.code.startswith("requirement:"):
        named = f"{check.title[:1].lower()}{check.title[1:]}"
        return f"Bring {named} within the brief" if check.state == "unmet" else f"Measure {named}"
    if check.code.startswith("evidence:"):
        return f"Attach: {EvidenceKind(what).label.lower()}"
    return title
