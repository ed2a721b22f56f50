"""Lineage from the source to the candidate: what is known is drawn, and what is not is drawn as a gap."""

from __future__ import annotations

from typing import Any

from models_registry.requirements.lineage import MOST_DRAWN, NEAREST, Layer, Lineage, Piece, Source, lineage
from models_registry.vocabulary import EvidenceKind
from tests.models_registry.details import dataset_detail, run_detail

RUN, DATASET, REPORT = EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET, EvidenceKind.VALIDATION_REPORT
CLAIMS = Source("Claims", "s3://claims/2026")


def piece(key: int, kind: EvidenceKind, title: str, detail: dict[str, Any], version: int | None = 3) -> Piece:
    return Piece(key, kind, title, detail, version)


def ways(found: Lineage) -> set[tuple[str, str]]:
    labels = {node.key: node.label for node in found.nodes}
    return {(labels[edge.start], labels[edge.end]) for edge in found.edges}


def gaps(found: Lineage) -> set[tuple[str, str]]:
    return {(node.label, node.note) for node in found.unknown}


def test_the_whole_way_from_the_source_to_the_reports() -> None:
    found = lineage(
        [CLAIMS],
        [
            piece(1, DATASET, "Table", dataset_detail("Training table", "claims")),
            piece(2, RUN, "Run 7", run_detail("TRAINING TABLE")),
            piece(3, REPORT, "Holdout", {}),
        ],
        3,
    )
    assert ways(found) == {
        ("Claims", "Training table"),
        ("Training table", "Run 7"),
        ("Run 7", "Version 3"),
        ("Version 3", "Holdout"),
    }
    assert found.unknown == ()
    assert [layer for layer, _ in found.layers()] == [
        Layer.SOURCE, Layer.DATASET, Layer.RUN, Layer.VERSION, Layer.REPORT,
    ]  # fmt: skip
    assert [one.label for one in dict(found.layers())[Layer.RUN][0].made_from] == ["Training table"]


def test_what_is_unknown_is_a_node_that_says_so() -> None:
    found = lineage(
        [],
        [
            piece(1, DATASET, "Table", dataset_detail("Training table")),
            piece(2, RUN, "Run 7", {}),
            piece(3, RUN, "Run 8", run_detail("Nowhere described")),
        ],
        3,
    )
    assert gaps(found) == {
        ("Origin unknown", "Training table does not say what it was made from"),
        ("Inputs unknown", "Run 7 does not say what went in"),
        ("Nowhere described", "No dataset evidence describes it"),
    }
    assert all(not edge.known for edge in found.edges if edge.end == "e1")
    assert all(node.key.isalnum() for node in found.nodes)


def test_a_candidate_without_a_run_and_a_release_without_a_candidate_are_gaps() -> None:
    report = piece(3, REPORT, "Holdout", {}, None)
    assert gaps(lineage([], [report], 3)) == {("Training unknown", "No training run tells how Version 3 came about")}
    bare = lineage([], [report], None)
    assert gaps(bare) == {("Candidate unknown", "No trained version is named as the candidate")}
    assert ways(bare) == {("Candidate unknown", "Holdout")}


def test_a_run_of_another_version_is_not_taken_for_the_candidates() -> None:
    found = lineage([CLAIMS], [piece(2, RUN, "Run 6", run_detail("Claims"), 2)], 3)
    assert ("Run 6", "Version 2") in ways(found)
    assert ("Training unknown", "Version 3") in ways(found)


def test_a_run_that_made_another_digest_than_the_candidates_is_drawn_as_doubtful() -> None:
    outputs = [{"name": "scorer", "role": "model", "digest": "a" * 64}]
    made = piece(2, RUN, "Run 7", run_detail("Claims", outputs=outputs))
    doubtful = next(one for one in lineage([CLAIMS], [made], 3, "sha256:" + "b" * 64).edges if one.end == "v3")
    agreed = next(one for one in lineage([CLAIMS], [made], 3, "sha256:" + "A" * 64).edges if one.end == "v3")
    assert (doubtful.known, agreed.known) == (False, True)


def test_a_dataset_that_describes_a_source_itself_comes_from_it_and_a_run_may_make_datasets() -> None:
    outputs = [{"name": "Features", "role": "dataset"}, {"name": "confusion.json", "role": "metrics"}]
    found = lineage(
        [CLAIMS],
        [
            piece(1, DATASET, "Claims, described", dataset_detail("Claims", location="s3://claims/2026")),
            piece(2, DATASET, "Features, described", dataset_detail("Features")),
            piece(3, RUN, "Run 7", run_detail("Claims", outputs=outputs)),
        ],
        3,
    )
    assert ways(found) == {
        ("Claims", "Claims"),
        ("Claims", "Run 7"),
        ("Run 7", "Features"),
        ("Run 7", "confusion.json"),
        ("Run 7", "Version 3"),
    }
    assert found.unknown == ()


def test_circles_and_hundreds_of_nodes_are_drawn_like_any_other() -> None:
    number = 300
    tables = [
        piece(one, DATASET, f"Table {one}", dataset_detail(f"T{one}", f"T{(one + 1) % number}"))
        for one in range(number)
    ]
    found = lineage([], tables, None)
    assert len(found.edges) == number
    assert len(found.nodes) == number + 1
    assert sum(len(lines) for _, lines in found.layers()) == number + 1
    alone = lineage([], [piece(1, DATASET, "Table", dataset_detail("T", "T"))], None)
    assert ways(alone) == {("T", "T")}
    assert ("T", "No dataset evidence describes it") in gaps(alone)


def test_of_too_many_nodes_those_nearest_to_the_candidate_are_drawn() -> None:
    chain = [
        piece(key, DATASET, f"T{key}", dataset_detail(f"T{key}", f"t{key + 1}" if key < 500 else ""))
        for key in range(500)
    ]
    pieces = [*chain, piece(900, RUN, "Run", run_detail("t0")), piece(901, REPORT, "Holdout", {})]
    found = lineage([CLAIMS], pieces, 3)
    assert len(found.nodes) > MOST_DRAWN
    assert len(found.drawn) == NEAREST
    assert {"v3", "e900", "e901", "e0", "e100"} <= found.drawn
    assert not {"e300", "e499"} & found.drawn
    few = lineage([CLAIMS], pieces[:3], 3)
    assert few.drawn == {node.key for node in few.nodes}


def test_of_very_many_sources_that_lead_nowhere_some_are_drawn() -> None:
    found = lineage([Source(f"S{number}", "") for number in range(600)], [], None)
    assert ("v" in found.drawn, len(found.drawn)) == (True, NEAREST)
