"""The model card of a release: Markdown, with the front matter that Hugging Face reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import yaml

from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tracker.audit_pack.facts import Pack
from tracker.exports.standing import Data, Measured, as_text, brief_of, measured, newest_detail, sources, texts

# The identifiers that the hub takes for a licence; any other one is "other", by its name.
LICENCES: Final = frozenset(
    {
        "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "bsd", "bsd-2-clause",
        "bsd-3-clause", "cc", "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-4.0",
        "cc-by-nd-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0", "artistic-2.0", "ecl-2.0", "epl-2.0", "gpl", "gpl-2.0",
        "gpl-3.0", "agpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "mpl-2.0", "ms-pl", "osl-3.0", "unlicense",
        "wtfpl", "zlib", "unknown", "other",
    }
)  # fmt: skip
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_TASK: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!$&])")


def card_of(pack: Pack) -> str:
    """The card. What people wrote is printed as it stands: nothing of it becomes markup or front matter."""
    matter = yaml.safe_dump(_front_matter(pack), sort_keys=False, allow_unicode=True, width=1_000)
    return f"---\n{matter}---\n\n" + "\n".join(_body(pack)).rstrip() + "\n"


def _front_matter(pack: Pack) -> dict[str, Any]:
    said = newest_detail(pack, EvidenceKind.MODEL_CARD)
    model, values = pack.content["model"], measured(pack)
    matter: dict[str, Any] = {"language": [one for one in texts(said, "languages") if _LANGUAGE.fullmatch(one)]}
    matter |= _licence(texts(said, "licences"))
    matter["library_name"] = _text(said, "library")
    matter["tags"] = list(dict.fromkeys([*model["tags"], *texts(said, "tags"), "throughline"]))
    matter["datasets"] = texts(said, "datasets")
    matter["metrics"] = sorted({one.name for one in values})
    matter["base_model"] = _text(said, "base_model")
    task = _text(said, "task")
    if _TASK.fullmatch(task):
        matter["pipeline_tag"] = task
    if values:
        matter["model-index"] = [{"name": model["name"], "results": [_result(one, task) for one in values]}]
    return {name: value for name, value in matter.items() if value}


def _licence(names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    name = names[0].strip()
    return {"license": name.lower()} if name.lower() in LICENCES else {"license": "other", "license_name": name}


def _result(one: Measured, task: str) -> dict[str, Any]:
    """A result as the model index takes it: the evidence stands for the dataset, with the slice as its part."""
    dataset: dict[str, Any] = {"name": one.source, "type": "evidence"}
    if one.slice:
        dataset["split"] = one.slice
    value = int(one.value) if one.value == one.value.to_integral_value() else float(one.value)
    return {
        "task": {"type": task if _TASK.fullmatch(task) else "other"},
        "dataset": dataset,
        "metrics": [{"type": one.name, "value": value, "name": one.name}],
    }


def _body(pack: Pack) -> Iterator[str]:
    content, said = pack.content, newest_detail(pack, EvidenceKind.MODEL_CARD)
    model, release = content["model"], content["release"]
    yield from (f"# {_inline(model['name'])}, release {release['number']}", "")
    yield from (_prose(model["purpose"]) or "No purpose is written down.", "")
    yield from _table(("", ""), list(_facts(pack)))
    for title, text in (
        ("Intended use", _text(said, "intended_use")),
        ("Limitations", _text(said, "limitations")),
        ("Training data", _text(said, "training_data")),
        ("Ethical considerations", _text(said, "ethics")),
        ("Retraining", str(brief_of(pack).get("retraining_plan") or "")),
    ):
        if text:
            yield from (f"## {title}", "", _prose(text), "")
    yield from ("## Data sources", "")
    yield from _table(("Source", "Where", "Personal data"), [_source(one) for one in sources(pack)])
    yield from ("## Evaluation", "")
    rows = [(one.name, one.slice or "all", as_text(one.value), _interval(one), one.source) for one in measured(pack)]
    yield from _table(("Metric", "Slice", "Value", "Interval", "Evidence"), rows)
    yield from ("## Requirements", "")
    met = {True: "met", False: "not met", None: "not known"}
    yield from _table(("Required", "State"), [(one["said"], met[one["met"]]) for one in content["requirements"]])
    yield from (f"Made by Throughline, as of {content['as_of']}. SHA-256 of the audit pack: `{pack.digest}`.", "")


def _facts(pack: Pack) -> Iterator[tuple[str, str]]:
    model, release = pack.content["model"], pack.content["release"]
    candidate = release["candidate"]
    stage, tier = release["stage"], release["tier"]
    yield "Team", model["team"]
    yield "Risk tier", RiskTier(tier).label
    yield "Stage", f"{Stage(stage).label}, {release['state']}"
    yield "Owner", release["owner"] or "nobody"
    yield "Artefact", candidate["uri"] if candidate else "none named"
    yield "Digest", candidate["digest"] if candidate else "none"


def _source(one: Data) -> tuple[str, str, str]:
    return str(one.get("name") or ""), str(one.get("uri") or ""), "yes" if one.get("contains_personal_data") else "no"


def _interval(one: Measured) -> str:
    return f"{as_text(one.low)} to {as_text(one.high)}" if one.low is not None and one.high is not None else ""


def _text(said: Data, name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        yield from ("None.", "")
        return
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(map(_inline, row))} |"
    yield ""


def _inline(text: str) -> str:
    """One line, in which no sign means anything."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _prose(text: str) -> str:
    """Paragraphs of a person: lines keep their breaks, and no line begins a list, a quotation or a rule."""
    lines = (_SPECIAL.sub(r"\\\1", line.strip()) for line in text.splitlines())
    return "\n".join(re.sub(r"^(\d+)([.)])|^([-+=])", _held, line) for line in lines)


def _held(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}"
