"""Lineage: the graph from the data sources of the brief to the candidate and to what was shown of it. Pure.

What is not known is a node of its own that says so, and never left out: a run without inputs, an input that no evidence
describes, a table of which nobody says what it was made from, a candidate without a run.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from models_registry.requirements.details.dataset import dataset_facts
from models_registry.requirements.values import as_text
from models_registry.vocabulary import EvidenceKind, InputRole, OutputRole


class Layer(StrEnum):
    """Where a node stands on the way from the source to what was shown."""

    SOURCE = "source"
    DATASET = "dataset"
    RUN = "run"
    VERSION = "version"
    ARTEFACT = "artefact"
    REPORT = "report"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    Layer.SOURCE: "Data source",
    Layer.DATASET: "Dataset",
    Layer.RUN: "Training run",
    Layer.VERSION: "Version",
    Layer.ARTEFACT: "Other output",
    Layer.REPORT: "Report",
}
REPORTS: Final = (
    EvidenceKind.VALIDATION_REPORT,
    EvidenceKind.BENCHMARK,
    EvidenceKind.EXPLAINABILITY_REPORT,
    EvidenceKind.MODEL_CARD,
    EvidenceKind.SECURITY_SCAN,
)


MOST_DRAWN: Final = 400  # nodes: more of them nobody reads as a drawing
NEAREST: Final = 150  # nodes that are drawn of a graph that is too big to be drawn whole


@dataclass(frozen=True, slots=True)
class Source:
    """A data source as the brief names it."""

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One standing piece of evidence. `version`: the number of the version that it is about, if any."""

    key: int
    kind: EvidenceKind
    title: str
    detail: Mapping[str, Any]
    version: int | None


@dataclass(frozen=True, slots=True)
class Node:
    """`known` is False for a gap: its label and note say what is missing. `evidence`: the key of its record.

    `key` is a short word without spaces, so that a page can list keys.
    """

    key: str
    layer: Layer
    label: str
    note: str = ""
    known: bool = True
    evidence: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """What came from what. `known` is False where one end is a gap, or the two do not agree."""

    start: str
    end: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A node as a list tells it, with what it came from."""

    node: Node
    made_from: tuple[Node, ...]


@dataclass(frozen=True)
class Lineage:
    """The whole graph. It may have cycles: two tables can each say that they were made from the other.

    `centre`: the key of the candidate, or of the gap in its place.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    centre: str = ""

    @property
    def unknown(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if not node.known)

    @cached_property
    def drawn(self) -> frozenset[str]:
        """The keys of the nodes that are drawn: all, or of too many those that fewest steps lead to the candidate."""
        if len(self.nodes) <= MOST_DRAWN:
            return frozenset(node.key for node in self.nodes)
        beside: dict[str, list[str]] = defaultdict(list)
        for edge in self.edges:
            beside[edge.start].append(edge.end)
            beside[edge.end].append(edge.start)
        # What no way leads to comes last, in the order of the list.
        reached = dict.fromkeys([self.centre] if self.centre else [])
        waiting = deque(reached)
        while waiting and len(reached) < NEAREST:
            near = [key for key in beside[waiting.popleft()] if key not in reached]
            reached.update(dict.fromkeys(near))
            waiting.extend(near)
        order = dict.fromkeys([*reached, *(node.key for node in self.nodes)])
        return frozenset(list(order)[:NEAREST])

    def layers(self) -> list[tuple[Layer, list[Line]]]:
        """The nodes by layer, from the sources on, each with what it was made from: the graph as a nested list."""
        by_key = {node.key: node for node in self.nodes}
        before: dict[str, list[Node]] = defaultdict(list)
        for edge in self.edges:
            before[edge.end].append(by_key[edge.start])
        found = (
            (layer, [Line(node, tuple(before[node.key])) for node in self.nodes if node.layer is layer])
            for layer in Layer
        )
        return [(layer, lines) for layer, lines in found if lines]


def lineage(sources: Sequence[Source], pieces: Sequence[Piece], candidate: int | None, digest: str = "") -> Lineage:
    """The graph of what stands. `candidate`: the number of the version that wants to go live, `digest`: of it."""
    weaving = _Weaving(candidate, digest)
    weaving.add_sources(sources)
    datasets = [piece for piece in pieces if piece.kind is EvidenceKind.DATASET]
    runs = [piece for piece in pieces if piece.kind is EvidenceKind.TRAINING_RUN]
    weaving.add_datasets(datasets)
    for run in runs:
        weaving.add_run(run)
    for piece in datasets:
        weaving.link_dataset(piece)
    weaving.add_candidate()
    for piece in pieces:
        if piece.kind in REPORTS:
            weaving.add_report(piece)
    centre = "v" if candidate is None else f"v{candidate}"
    return Lineage(tuple(weaving.nodes.values()), tuple(weaving.edges.values()), centre)


@dataclass
class _Weaving:
    """The graph while it is made."""

    candidate: int | None
    digest: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def add_sources(self, sources: Sequence[Source]) -> None:
        for number, source in enumerate(sources):
            node = self._add(Node(f"s{number}", Layer.SOURCE, source.name or source.uri, source.uri))
            for name in filter(None, (source.name, source.uri)):
                self.sources.setdefault(name.casefold(), node.key)

    def add_datasets(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            facts = dataset_facts(piece.detail, piece.title)
            open_columns = len(facts.unclassified)
            note = f"{open_columns} of {len(facts.columns)} columns not classified" if open_columns else facts.location
            self._add(Node(_of(piece), Layer.DATASET, facts.name, note, evidence=piece.key))
            for name in filter(None, (facts.name, facts.location)):
                self.datasets[name.casefold()] = _of(piece)

    def link_dataset(self, piece: Piece) -> None:
        """Draw what a dataset was made from; a run that names it as its output has done so already."""
        facts, mine = dataset_facts(piece.detail, piece.title), _of(piece)
        for name in facts.sources:
            start = self._find(name, besides=mine) or self._gap(name, Layer.DATASET)
            if start != mine:
                self._link(start, mine)
        for name in filter(None, (facts.name, facts.location)):
            if name.casefold() in self.sources:
                self._link(self.sources[name.casefold()], mine)
        if mine not in self.reached:
            note = f"{facts.name} does not say what it was made from"
            self._link(self._add(Node(f"o{piece.key}", Layer.SOURCE, "Origin unknown", note, known=False)).key, mine)

    def add_run(self, piece: Piece) -> None:
        run = self._add(Node(_of(piece), Layer.RUN, piece.title, _code(piece.detail), evidence=piece.key))
        inputs = list(_things(piece.detail, "inputs"))
        for thing in inputs:
            model = thing.get("role") == InputRole.BASE_MODEL
            self._link(self._find_thing(thing) or self._gap(thing["name"], Layer.DATASET, model=model), run.key)
        if not inputs:
            note = f"{piece.title} does not say what went in"
            gap = self._add(Node(f"i{piece.key}", Layer.DATASET, "Inputs unknown", note, known=False))
            self._link(gap.key, run.key)
        self._add_outputs(piece, run)

    def _add_outputs(self, piece: Piece, run: Node) -> None:
        models = []
        for place, thing in enumerate(_things(piece.detail, "outputs")):
            if thing.get("role") in (OutputRole.MODEL, None, ""):
                models.append(thing)
                continue
            found = self._find_thing(thing)
            note = OutputRole(thing["role"]).label if thing["role"] in set(OutputRole) else ""
            made = found or self._add(Node(f"a{piece.key}.{place}", Layer.ARTEFACT, thing["name"], note)).key
            self._link(run.key, made)
        number = piece.version or self.candidate
        if number is not None:
            digests = {_plain(thing.get("digest", "")) for thing in models} - {""}
            agrees = number != self.candidate or not digests or not self.digest or _plain(self.digest) in digests
            version = self._version(number, "" if agrees else "the run names another digest as its output")
            self._link(run.key, version.key, known=agrees)

    def add_candidate(self) -> None:
        if self.candidate is None:
            note = "No trained version is named as the candidate"
            node = self._add(Node("v", Layer.VERSION, "Candidate unknown", note, known=False))
            for key, other in list(self.nodes.items()):
                if other.layer is Layer.RUN and not any(start == key for start, _ in self.edges):
                    self._link(key, node.key, known=False)
            return
        node = self._version(self.candidate)
        if node.key not in self.reached:
            gap = Node("r", Layer.RUN, "Training unknown", f"No training run tells how {node.label} came about", False)
            self._link(self._add(gap).key, node.key)

    def add_report(self, piece: Piece) -> None:
        number = piece.version or self.candidate
        start = self._version(number).key if number is not None else "v"
        self._add(Node(_of(piece), Layer.REPORT, piece.title, piece.kind.label, evidence=piece.key))
        self._link(start, _of(piece))

    def _version(self, number: int, note: str = "") -> Node:
        candidate = number == self.candidate
        said = note or ("the candidate" if candidate else "not the candidate")
        found = self.nodes.get(f"v{number}")
        if found is not None and not note:
            return found
        return self._add(Node(f"v{number}", Layer.VERSION, f"Version {number}", said))

    def _find(self, name: str, besides: str = "") -> str | None:
        wanted = name.casefold()
        found = self.datasets.get(wanted)
        return found if found and found != besides else self.sources.get(wanted)

    def _find_thing(self, thing: Mapping[str, str]) -> str | None:
        """The node of a dataset that a run names, by its name or by its namespace and name."""
        space, name = thing.get("namespace", ""), thing["name"]
        return self._find(name) or (self._find(f"{space}/{name}") if space else None)

    def _gap(self, name: str, layer: Layer, *, model: bool = False) -> str:
        note = "No evidence describes this model" if model else "No dataset evidence describes it"
        key = self.gaps.setdefault(name.casefold(), f"u{len(self.gaps)}")
        return self._add(Node(key, layer, name, note, known=False)).key

    def _add(self, node: Node) -> Node:
        self.nodes[node.key] = node
        return node

    def _link(self, start: str, end: str, *, known: bool = True) -> None:
        sure = known and self.nodes[start].known and self.nodes[end].known
        self.edges.setdefault((start, end), Edge(start, end, sure))
        self.reached.add(end)


def _of(piece: Piece) -> str:
    return f"e{piece.key}"


def _code(detail: Mapping[str, Any]) -> str:
    """Where the code of a run lies, in a few words; what is not said is said."""
    code = detail.get("code")
    commit = as_text(code.get("commit")) if isinstance(code, Mapping) else ""
    return f"commit {commit[:12]}" if commit else "code unknown"


def _things(detail: Mapping[str, Any], name: str) -> Iterator[dict[str, str]]:
    """The named inputs or outputs of a run, as texts."""
    raw = detail.get(name)
    for row in raw if isinstance(raw, (list, tuple)) else ():
        if isinstance(row, Mapping) and as_text(row.get("name")):
            yield {str(key): as_text(value) for key, value in row.items()}


def _plain(digest: str) -> str:
    return digest.strip().lower().removeprefix("sha256:")
