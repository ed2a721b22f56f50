"""Hugging Face model cards: Markdown with YAML front matter, and its `model-index` of results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from models_registry.vocabulary import CardFormat
from tracker.integrations.cards.found import CardRead, Findings, UnreadableCardError
from tracker.integrations.cards.measured import Result, take_results
from tracker.integrations.cards.sections import Section, first_paragraph, sections_of
from tracker.integrations.cards.yaml_tree import Branch, NoTreeError, Tree, tree_of

MOST_FRONT: Final = 128 * 1024
MOST_SUMMARY: Final = 1_000
_NAMES: Final = {
    "language": "languages",
    "languages": "languages",
    "license": "licences",
    "tags": "tags",
    "datasets": "datasets",
}
_ALSO_NAMES: Final = {
    "license_name": "licences",
    "license_link": "references",
    "authors": "owners",
    "paper": "references",
}
_SHORT: Final = {
    "pipeline_tag": "task",
    "library_name": "library",
    "model_name": "model_name",
    "model-name": "model_name",
}
_OF_A_DATASET: Final = {"size_categories", "task_categories", "annotations_creators", "dataset_info"}
_SECTIONS: Final = (
    (re.compile(r"intended use|use.?cases?\b|direct use|primary use|^uses?$"), "intended_use"),
    (re.compile(r"limitation|\bbias|\brisks?\b|caveat|out.of.scope|known issues"), "limitations"),
    (
        re.compile(r"training (data|set|corpus|corpora)|^(data|datasets?|corpus|corpora)$|data (source|used)"),
        "training_data",
    ),
    (re.compile(r"pre-?training (data|corpus|corpora)"), "training_data"),
    (re.compile(r"\beval|\bresults?\b|performance|benchmark|\bmetrics?\b|accurac"), "evaluation"),
    (re.compile(r"ethic|fairness|societal"), "ethics"),
)


def read_hugging_face(text: str) -> CardRead:
    """A card with or without front matter. Raises `UnreadableCardError` for the card of a dataset."""
    found = Findings(CardFormat.HUGGING_FACE)
    lines = text.splitlines()
    body = _front(lines, found)
    sections = sections_of(lines[body:], body + 1)
    _sections(sections, found)
    title = next((one.title for one in sections if one.level == 1 and one.title), "")
    found.short("model_name", title)
    found.summary = first_paragraph(sections)[:MOST_SUMMARY]
    return found.card(f"Model card: {title}" if title else "")


def _front(lines: Sequence[str], found: Findings) -> int:
    """Read the front matter; returns the number of lines before the body."""
    if not lines or lines[0].strip() != "---":
        found.skip(1, "the front matter", "The card has none: licence, language and datasets are not told.")
        return 0
    end = next((at for at, line in enumerate(lines[1:], start=1) if line.strip() in ("---", "...")), None)
    if end is None:
        found.skip(1, "the front matter", "It begins with --- and nothing ends it, so all was read as text.")
        return 1
    text = "\n".join(lines[1:end])
    if len(text) > MOST_FRONT:
        found.skip(1, "the front matter", f"It is longer than {MOST_FRONT // 1024} KB, which is the most that is read.")
        return end + 1
    try:
        tree = tree_of(text, first_line=2)
    except NoTreeError as problem:
        found.skip(problem.line or 1, "the front matter", f"It is no YAML: {problem}. Nothing of it was read.")
        return end + 1
    _keys(tree, found)
    return end + 1


def _keys(tree: Tree, found: Findings) -> None:
    for line, name in tree.twice:
        if name:
            found.skip(line, name, "The key is given more than once: the first one was read.")
        else:
            found.skip(line, "a key", "It is no text, as a key of front matter is.")
    if not isinstance(tree.root.value, dict):
        if tree.root.value not in (None, ""):
            found.skip(tree.root.line, "the front matter", "It is no list of keys with their values.")
        return
    if _OF_A_DATASET & set(tree.root.parts) and "model-index" not in tree.root.parts:
        raise UnreadableCardError(
            "This is the card of a dataset, not of a model: attach it as evidence of the kind dataset."
        )
    for key, branch in tree.root.parts.items():
        _key(key, branch, found)


def _key(key: str, branch: Branch, found: Findings) -> None:
    names = _NAMES.get(key) or _ALSO_NAMES.get(key)
    if key == "model-index":
        _index(branch, found)
    elif key == "base_model":
        found.short("base_model", ", ".join(one.text for one in branch.entries if one.text), branch.line)
    elif key == "metrics":
        said = ", ".join(one.text for one in branch.entries if one.text)
        found.skip(branch.line, f"metrics: {said}", "Their names are given without values.")
    elif key in _SHORT and branch.text:
        found.short(_SHORT[key], branch.text, branch.line)
    elif names:
        found.names(names, [one.text for one in branch.entries if one.text], branch.line)
        for odd in (one for one in branch.entries if one.value is not None and not one.text):
            found.skip(odd.line, key, "It is no text.")
    elif branch.value is not None:
        found.skip(branch.line, f"{key}: {_told(branch)}", "The record has no place for it; it is in the file.")
    else:
        found.skip(branch.line, key, "Nothing is given for it.")


def _index(branch: Branch, found: Findings) -> None:
    """The results of all models of the index, each metric with its dataset."""
    results: list[Result] = []
    for model in branch.entries:
        found.short("model_name", model.parts["name"].text if "name" in model.parts else "", model.line)
        entries = model.parts["results"].entries if "results" in model.parts else []
        if not entries:
            found.skip(model.line, "model-index", "It names no results.")
        for entry in entries:
            dataset = entry.parts.get("dataset")
            if dataset is None:
                found.skip(entry.line, "model-index: a result", "It does not say on what dataset it was measured.")
            named = _dataset(dataset) if dataset else ""
            metrics = entry.parts["metrics"].entries if "metrics" in entry.parts else []
            if not metrics:
                found.skip(entry.line, f"model-index: {named}", "It has no metrics.")
            results += [one for metric in metrics for one in _results(metric, named, found)]
    take_results(found, results)


def _dataset(branch: Branch) -> str:
    """The dataset's name with the split and the configuration that were used."""
    said = {part: branch.parts[part].text for part in ("name", "type", "config", "split") if part in branch.parts}
    more = [said[part] for part in ("config", "split") if said.get(part)]
    return " ".join([said.get("name") or said.get("type") or branch.text, *([f"({', '.join(more)})"] if more else [])])


def _results(metric: Branch, dataset: str, found: Findings) -> list[Result]:
    name = metric.parts["type"].text if "type" in metric.parts else ""
    name = name or (metric.parts["name"].text if "name" in metric.parts else "")
    value = metric.parts.get("value")
    if value is None or not name:
        found.skip(metric.line, f"model-index: {name or 'a metric'}", "It has no name or no value.")
        return []
    if isinstance(value.value, dict):
        return [Result(f"{name} {part}", one.text, dataset, line=one.line) for part, one in value.parts.items()]
    return [Result(name, value.text, dataset, line=value.line)]


def _sections(sections: Sequence[Section], found: Findings) -> None:
    """Sort the sections into the parts of the record; a section below one that has a place goes there too."""
    above: list[tuple[int, str]] = []
    top = next((one for one in sections if one.level == 1), None)
    own = {part for one in sections for part in _parts(one.title)[:1]}
    for section in sections:
        above = [entry for entry in above if entry[0] < section.level]
        parts = _parts(section.title)
        if not parts and above and not _names_another(section.title):
            parts = [above[-1][1]]
        if parts:
            above.append((section.level, parts[0]))
        # “Intended uses & limitations” is about both, unless the limitations have a section of their own.
        for part in parts[:1] + [one for one in parts[1:2] if one not in own]:
            found.text(part, section.text, section.line)
        if not parts and (section is top or section.level == 0):
            if len(section.text) > MOST_SUMMARY or "\n\n" in section.text:
                what = section.title or "the text before the first heading"
                found.skip(section.line, what, "Only its first paragraph is kept, as the summary.")
        elif not parts and (section.text or section.title):
            found.skip(section.line, section.title or "a section", "The record has no place for it; it is in the file.")
        for line in section.tables:
            if "evaluation" in parts or not parts:
                found.skip(line, "a table", "Its numbers were not read as measured values: nobody says what they mean.")


def _parts(title: str) -> list[str]:
    lower = title.casefold()
    return list(dict.fromkeys(part for pattern, part in _SECTIONS if pattern.search(lower)))


def _names_another(title: str) -> bool:
    """Whether a section below another one is surely about something else."""
    return bool(
        re.search(r"how to|usage|cit(e|ation)|bibtex|contact|author|acknowledg|licen[cs]e|example", title.casefold())
    )


def _told(branch: Branch) -> str:
    if isinstance(branch.value, str):
        return branch.value
    said = [leaf.text for _, leaf in branch.leaves() if leaf.text]
    return ", ".join(said[:5]) + (f" and {len(said) - 5} more" if len(said) > 5 else "")
