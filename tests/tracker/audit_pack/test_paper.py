"""The pack on paper: an archivable, tagged PDF that prints what people wrote as it is, the same every time."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from governance.acts.briefs import amend_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.errors import NotFound
from models_registry.vocabulary import Stage
from tests.tracker.audit_pack.packs import NAME, spoiled, told_release
from tests.world import World
from tracker.audit_pack import PrintingFailed, pack_of, printed, printing
from tracker.audit_pack.printing import SHOWN, shown
from tracker.audit_pack.sections import MOST_EVENTS, MOST_ROWS, SECTIONS, view_of

pytestmark = pytest.mark.django_db


def text_of(reader: PdfReader) -> str:
    return re.sub(r"\s+", " ", "\n".join(page.extract_text() for page in reader.pages))


def test_it_is_an_archivable_tagged_pdf_with_its_data_attached(world: World) -> None:
    release = told_release(world)
    pack = pack_of(world.auditor, release.model.slug, 1)
    reader = PdfReader(BytesIO(printed(pack)))
    root: Any = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()
    assert re.findall(r"pdfaid:(part|conformance)>(\w+)<", xmp) == [("part", "3"), ("conformance", "A")]
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert not reader.is_encrypted
    assert not {"/JavaScript", "/OpenAction", "/AA"} & {*root.keys(), *root["/Names"].keys()}
    assert _flawed_fonts(reader) == []
    (attached,) = (one.get_object() for one in root["/AF"])
    assert (attached["/AFRelationship"], attached["/UF"]) == ("/Data", f"{pack.name}.json")
    assert attached["/EF"]["/F"]["/Subtype"] == "/application/json"
    assert attached["/EF"]["/F"].get_data() == pack.json
    assert hashlib.sha256(pack.json).hexdigest() == pack.digest


def _flawed_fonts(reader: PdfReader) -> list[str]:
    """Every font without its program inside the file, or without what says which letters it shows."""
    flawed = []
    for page in reader.pages:
        resources: Any = page["/Resources"].get_object()
        for font in resources.get("/Font", {}).values():
            face = font.get_object()
            for one in face.get("/DescendantFonts", [face]):
                plain: Any = one.get_object()
                embedded = {"/FontFile", "/FontFile2", "/FontFile3"} & set(plain["/FontDescriptor"].keys())
                if not embedded or "/ToUnicode" not in face:
                    flawed.append(str(plain["/BaseFont"]))
    return flawed


def test_what_archives_ask_of_the_file_itself_holds_without_a_validator(world: World) -> None:
    data = printed(pack_of(world.auditor, told_release(world).model.slug, 1))
    reader = PdfReader(BytesIO(data))
    root: Any = reader.trailer["/Root"]
    numbers: Any = reader.trailer["/ID"]
    info: Any = reader.metadata
    xmp: Any = reader.xmp_metadata
    assert re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4}", data)
    assert data.rstrip(b"\r\n").endswith(b"%%EOF")
    assert len(data) - len(data.rstrip(b"\r\n")) <= 1
    assert [len(one) > 0 for one in numbers] == [True, True]
    told = (info.title, info.author, info.subject, info.creator, info.creation_date, info.modification_date)
    assert told == (
        xmp.dc_title["x-default"], xmp.dc_creator[0], xmp.dc_description["x-default"], xmp.xmp_creator_tool,
        xmp.xmp_create_date.replace(tzinfo=UTC), xmp.xmp_modify_date.replace(tzinfo=UTC),
    )  # fmt: skip
    profile: Any = root["/OutputIntents"][0]["/DestOutputProfile"].get_object()
    assert (profile["/N"], profile.get_data()[36:40]) == (3, b"acsp")
    assert {"/K", "/ParentTree"} <= set(root["/StructTreeRoot"].keys())
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert {str(page["/Tabs"]) for page in reader.pages} == {"/S"}
    assert not re.search(rb"/LZWDecode|/Encrypt|/Launch|/Movie|/Sound|/ImportData|/XFA|/NeedAppearances", data)


def test_it_prints_everything_as_it_was_written_and_the_digest_on_each_page(world: World) -> None:
    release = told_release(world)
    pack = pack_of(world.auditor, release.model.slug, 1)
    reader = PdfReader(BytesIO(printed(pack)))
    said = text_of(reader)
    for part in (
        shown(NAME), "An outage: #strong[no] $time$.", "Explain the #refund rule", "Samuel Okafor", "Meets the policy.",
        "Payments risk", "Every quarter, or when the weekly drift check fails twice.", "broke the glass before live",
        "90.00 EUR", "still there", *SECTIONS,
    ):  # fmt: skip
        assert re.sub(r"\s+", " ", part) in said
    assert "pieces(word)" not in said
    assert shown("中文") == "[U+4E2D][U+6587]"
    assert {pack.digest in re.sub(r"\s", "", page.extract_text()) for page in reader.pages} == {True}
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Audit pack: #let x = $")


def test_a_verdict_says_whether_it_still_fits_the_evidence(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    stale = "It no longer fits the evidence as it stands."

    def told() -> tuple[dict[str, list[bool]], str]:
        pack = pack_of(world.auditor, release.model.slug, 1)
        content = json.loads(pack.json)
        fits = {one["code"]: [given["fits"] for given in one["verdicts"]] for one in content["controls"]}
        return fits, json.dumps(view_of(pack))

    fits, paper = told()
    assert ({fitting for each in fits.values() for fitting in each}, stale in paper) == ({True}, False)
    facts = EvidenceFacts("model_card", "Another card", "cards/2")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    later, paper = told()
    touched = {code for code in fits if later[code] != fits[code]}
    assert touched
    assert touched < set(fits)
    assert paper.count(stale) == len(touched)


def test_made_again_it_is_the_same_byte_by_byte_until_something_is_done(world: World) -> None:
    release = told_release(world)
    first = pack_of(world.auditor, release.model.slug, 1)
    again = pack_of(world.admin, release.model.slug, 1)
    assert (again.json, printed(again)) == (first.json, printed(first))
    amend_brief(world.engineer, release.pk, "More traffic.", at=world.tick())
    later = pack_of(world.auditor, release.model.slug, 1)
    assert (later.as_of, later.digest != first.digest) == (world.now, True)


def test_the_data_tells_all_of_the_trail_and_every_decision(world: World) -> None:
    release = told_release(world)
    content = json.loads(pack_of(world.auditor, release.model.slug, 1).json)
    assert [event["sequence"] for event in content["trail"]] == [*range(1, len(content["trail"]) + 1)]
    decisions = [one["officer"] for review in content["reviews"] for one in review["decisions"]]
    assert decisions == ["Samuel Okafor", "Elena Rossi"]
    assert [visit["stage"] for visit in content["time_line"]] == [
        "brief", "validation", "compliance_review", "deployment", "live",
    ]  # fmt: skip
    assert {visit["seconds"] >= 0 for visit in content["time_line"]} == {True}


def test_it_takes_as_many_queries_for_much_as_for_little(world: World) -> None:
    few, many = world.release_at(Stage.VALIDATION), world.release_at(Stage.VALIDATION)
    for _ in range(3):
        world.prove(many)
    pack_of(world.auditor, few.model.slug, 1)  # a process keeps the revisions of calendars that it has read
    counted = []
    for release in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            pack_of(world.auditor, release.model.slug, 1)
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("odd", ["\u0301\u200d\ufe0f", "\x00\x07\ud800", "#show: none\n= $ /* ", "الحمد", "😀" * 9])
def test_no_word_breaks_it(world: World, odd: str) -> None:
    pack = pack_of(world.auditor, told_release(world).model.slug, 1)
    broken = replace(pack, content=spoiled(pack.content, odd))
    assert printed(broken).startswith(b"%PDF-1.7")
    assert json.loads(broken.json)["model"]["team"] == f"Payments risk{odd}"


def test_all_that_is_let_through_can_be_shown(world: World) -> None:
    pack = pack_of(world.auditor, told_release(world).model.slug, 1)
    letters = "".join(f"{chr(code)} " for first, last in SHOWN for code in range(first, last + 1))
    content = dict(pack.content) | {"model": dict(pack.content["model"]) | {"purpose": letters[:1100]}}
    rows = [{"test": letters[at : at + 1000]} for at in range(0, len(letters), 1000)]
    content["briefs"] = [{**content["briefs"][0], "content": {f"part {n}": row["test"] for n, row in enumerate(rows)}}]
    assert "[U+" not in text_of(PdfReader(BytesIO(printed(replace(pack, content=content)))))[2000:4000]


def test_a_huge_release_is_cut_on_paper_and_whole_in_the_data(world: World) -> None:
    pack = pack_of(world.auditor, told_release(world).model.slug, 1)
    event, piece = pack.content["trail"][0], pack.content["evidence"][0]
    many = dict(pack.content) | {"trail": [event] * 5000, "evidence": [piece | {"summary": "x" * 5000}] * 500}
    huge = replace(pack, content=many)
    said = json.dumps(view_of(huge))
    assert f"{5000 - MOST_EVENTS:,} rows left out here" in said
    assert f"{500 - MOST_ROWS} rows left out here" in said
    reader = PdfReader(BytesIO(printed(huge)))
    assert len(reader.pages) > 10
    assert len(json.loads(huge.json)["trail"]) == 5000


def test_it_ends_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = pack_of(world.auditor, told_release(world).model.slug, 1)
    monkeypatch.setattr(printing, "SECONDS", 0.001)
    with pytest.raises(PrintingFailed, match="longer than"):
        printed(pack)


def test_what_is_hidden_is_missing(world: World) -> None:
    hidden = world.release_at(Stage.BRIEF, restricted=True)
    with pytest.raises(NotFound):
        pack_of(world.stranger, hidden.model.slug, 1)
    with pytest.raises(NotFound):
        pack_of(world.auditor, hidden.model.slug, 2)
