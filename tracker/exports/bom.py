"""The bill of materials of a release: CycloneDX 1.6 JSON with its machine-learning model card (ECMA-424).

Written by hand, since the Python library of CycloneDX knows no model card; its schema is what the tests hold it to.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from models_registry.vocabulary import DataClass, EvidenceKind, RiskTier
from tracker.audit_pack.facts import Pack
from tracker.exports.standing import Data, as_text, brief_of, measured, newest_detail, sources, standing, texts

Part = dict[str, Any]
SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_SHA256: Final = re.compile(r"sha256:([0-9a-f]{64})")
_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(//[^/?#:@%]+(:[0-9]{1,5})?([/?#]|$)|/?[^/])")
_RESERVED: Final = ":/?@!$&'()*+,;=-._~"


def bom_of(pack: Pack) -> Part:
    """The bill as a JSON object. Its serial number is made of the pack's digest: the same state, the same number."""
    datasets = [*map(_source, sources(pack), range(1, 10_000)), *_datasets(pack)]
    model = _model(pack, datasets)
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'throughline:{pack.digest}')}",
        "version": 1,
        "metadata": {
            "timestamp": pack.content["as_of"],
            "tools": {"components": [{"type": "application", "name": "Throughline"}]},
            "component": model,
            "properties": list(_properties(pack)),
        },
        "components": datasets,
        "dependencies": [
            {"ref": model["bom-ref"], "dependsOn": [one["bom-ref"] for one in datasets]},
            *({"ref": one["bom-ref"]} for one in datasets),
        ],
    }


def _model(pack: Pack, datasets: list[Part]) -> Part:
    content, said = pack.content, newest_detail(pack, EvidenceKind.MODEL_CARD)
    model, candidate = content["model"], content["release"]["candidate"]
    licences = [{"license": {"name": name}} for name in texts(said, "licences")]
    return _filled(
        {
            "type": "machine-learning-model",
            "bom-ref": f"model-{pack.name}",
            "publisher": model["team"],
            "name": model["name"],
            "version": f"{content['release']['number']}",
            "description": model["purpose"],
            "hashes": _hashes(candidate["digest"]) if candidate else [],
            "licenses": licences,
            "externalReferences": list(_references(pack)),
            "modelCard": _card(pack, said, datasets),
            "tags": list(dict.fromkeys(model["tags"])),
        }
    )


def _card(pack: Pack, said: Data, datasets: list[Part]) -> Part:
    brief = brief_of(pack)
    run = newest_detail(pack, EvidenceKind.TRAINING_RUN)
    parameters = {
        "task": _text(said, "task"),
        "architectureFamily": _text(said, "library"),
        "modelArchitecture": _text(said, "base_model"),
        "datasets": [{"ref": one["bom-ref"]} for one in datasets],
        "inputs": _formats(brief.get("input_schema")),
        "outputs": _formats(brief.get("output_schema")),
    }
    return _filled(
        {
            "modelParameters": _filled(parameters),
            "quantitativeAnalysis": _filled({"performanceMetrics": list(_metrics(pack))}),
            "considerations": _considerations(pack, said),
            "properties": _named(
                {f"training.{name}": value for name, value in sorted(_parameters(run).items())}, "throughline"
            ),
        }
    )


def _metrics(pack: Pack) -> Iterator[Part]:
    for one in measured(pack):
        bounds = _filled({"lowerBound": as_text(one.low), "upperBound": as_text(one.high)})
        yield _filled({"type": one.name, "value": as_text(one.value), "slice": one.slice, "confidenceInterval": bounds})


def _considerations(pack: Pack, said: Data) -> Part:
    ethics = _text(said, "ethics")
    open_findings = [one for one in pack.content["findings"] if one["state"] != "closed"]
    return _filled(
        {
            "users": [pack.content["model"]["team"]],
            "useCases": [text for text in (_text(said, "intended_use") or pack.content["model"]["purpose"],) if text],
            "technicalLimitations": [
                text for text in (_text(said, "limitations"), *(one["title"] for one in open_findings)) if text
            ],
            "ethicalConsiderations": [{"name": ethics}] if ethics else [],
        }
    )


# --- Data -----------------------------------------------------------------------------------------------------------


def _source(source: Data, number: int) -> Part:
    """A data source of the brief as a component of its own."""
    name, personal = str(source.get("name") or f"Source {number}"), bool(source.get("contains_personal_data"))
    contents = {"url": _address(str(source.get("uri") or ""))}
    return _data(f"data-source-{number}", name, contents, {DataClass.PERSONAL.label} if personal else set())


def _datasets(pack: Pack) -> Iterator[Part]:
    """The datasets in evidence, with what their columns were classified as."""
    for piece in standing(pack, EvidenceKind.DATASET):
        detail = piece["detail"] if isinstance(piece["detail"], dict) else {}
        columns = detail.get("columns")
        classes = {str(one.get("classification")) for one in columns or () if isinstance(one, dict)}
        labels = {DataClass(one).label for one in classes if one in set(DataClass) and one != DataClass.NONE}
        part = _data(f"dataset-{piece['number']}", piece["title"], {"url": _address(piece["source"])}, labels)
        yield part | _filled({"hashes": _hashes(piece["content_digest"] or piece["digest"])})


def _data(ref: str, name: str, contents: Part, classes: set[str]) -> Part:
    kept = {"type": "dataset", "name": name, "contents": _filled(contents), "sensitiveData": sorted(classes)}
    return {"type": "data", "bom-ref": ref, "name": name, "data": [_filled(kept)]}


# --- Small parts ----------------------------------------------------------------------------------------------------


def _references(pack: Pack) -> Iterator[Part]:
    candidate = pack.content["release"]["candidate"]
    if candidate and (address := _address(candidate["uri"])):
        yield _filled({"type": "distribution", "url": address, "hashes": _hashes(candidate["digest"])})
    deployed = pack.content["deployment"][-1]["content"] if pack.content["deployment"] else {}
    for name, kind in (("runbook_url", "documentation"), ("monitoring_url", "quality-metrics")):
        if address := _address(str(deployed.get(name) or "")):
            yield {"type": kind, "url": address}
    for piece in standing(pack, EvidenceKind.MODEL_CARD):
        if address := _address(piece["source"]):
            yield {"type": "model-card", "url": address, "comment": piece["title"]}


def _properties(pack: Pack) -> Iterator[Part]:
    content, candidate = pack.content, pack.content["release"]["candidate"]
    said = {
        "stage": content["release"]["stage"],
        "state": content["release"]["state"],
        "risk_tier": RiskTier(content["release"]["tier"]).value,
        "policy": str(content["policy"]["version"]),
        "dossier_digest": content["release"]["dossier_digest"],
        "audit_pack": f"sha256:{pack.digest}",
        "candidate": candidate["uri"] if candidate else "",
    }
    yield from _named(said, "throughline")


def _named(values: dict[str, str], space: str) -> list[Part]:
    return [{"name": f"{space}:{name}", "value": value} for name, value in values.items() if value]


def _parameters(run: Data) -> dict[str, str]:
    found = run.get("parameters")
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {str(one.get("name") or ""): str(one.get("value") or "") for one in rows}


def _formats(schema: object) -> list[Part]:
    return [{"format": f"JSON Schema: {schema}"}] if isinstance(schema, str) and schema.strip() else []


def _hashes(digest: str) -> list[Part]:
    found = _SHA256.fullmatch(digest)
    return [{"alg": "SHA-256", "content": found[1]}] if found else []


def _address(text: str) -> str:
    """The text as an address, with what an address may not hold written in percent; empty if it is none."""
    place, mark, part = text.strip().partition("#")
    written = quote(place.encode(errors="replace"), safe=f"{_RESERVED}%") + mark
    written += quote(part.encode(errors="replace"), safe=f"{_RESERVED}%")
    written = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", written)
    return written if _ADDRESS.match(written) else ""


def _filled(part: Part) -> Part:
    return {name: value for name, value in part.items() if value not in ("", None, [], {})}


def _text(said: Data, name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""
