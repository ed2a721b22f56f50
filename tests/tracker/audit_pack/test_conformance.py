"""What the pack claims to be, PDF/A-3a and PDF/UA-1, said by the validator that archives use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.vocabulary import EvidenceKind, Stage
from tests.services import java_path
from tests.tracker.audit_pack.packs import spoiled, told_release
from tests.tracker.audit_pack.verapdf import PROFILES, broken_rules
from tests.world import World
from tracker.audit_pack import pack_of, printed

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.embedded,  # a PDF is the same whatever the database
    pytest.mark.skipif(java_path() is None, reason="needs a Java Development Kit"),
]
NAMES = "Zoë Müller 中文 الحمد हिन्दी Ελλάδα Київ 😀 e\u0301\u0327 \u200d"
FLAWS = {
    "attachment.pdf": (b"/AFRelationship/Data", b"/AFRelationshiq/Data"),
    "title.pdf": (b"/DisplayDocTitle true", b"/DisplayDocTitlf true"),
}
"""Copies with one thing spoiled: a validator that takes them would prove nothing."""


def test_packs_of_every_kind_keep_to_both_standards_and_spoiled_copies_do_not(world: World, tmp_path: Path) -> None:
    told, begun = told_release(world), world.release_at(Stage.BRIEF)
    waiting = world.release_at(Stage.COMPLIANCE_REVIEW, name=NAMES[:9])
    long = EvidenceFacts(EvidenceKind.DOCUMENT, NAMES, f"https://docs.example/{'x' * 800}", summary=f"{NAMES}\n" * 300)
    attach_evidence(world.engineer, waiting.pk, long, at=world.tick())
    packs = {
        name: pack_of(world.auditor, release.model.slug, release.number)
        for name, release in (("begun", begun), ("waiting", waiting), ("told", told))
    }
    packs["told"] = replace(packs["told"], content=spoiled(packs["told"].content, NAMES))
    pdfs = {f"{name}.pdf": printed(pack) for name, pack in packs.items()}
    whole = pdfs["begun.pdf"]
    spoilt = {name: whole.replace(was, instead) for name, (was, instead) in FLAWS.items()}
    assert whole not in spoilt.values()
    found = broken_rules(pdfs | spoilt, tmp_path)
    assert {name: found[name] for name in pdfs} == {name: {profile: [] for profile in PROFILES} for name in pdfs}
    assert [name for name in spoilt if not any(found[name].values())] == []
