"""MLflow's `MLmodel` files: flavours, the run, and the signature, whose columns are JSON inside YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from models_registry.vocabulary import CardFormat
from tracker.integrations.cards.found import CardRead, Findings, UnreadableCardError
from tracker.integrations.cards.yaml_tree import Branch, NoTreeError, tree_of

MOST: Final = 512 * 1024
_SIDES: Final = {"inputs": "input", "outputs": "output", "params": "parameter"}
_ROOT: Final = {"run_id", "artifact_path", "model_uuid", "mlflow_version", "utc_time_created"}


def read_mlmodel(text: str) -> CardRead:
    """Raises `UnreadableCardError` for YAML that is no MLmodel file."""
    if len(text) > MOST:
        raise UnreadableCardError("The file is longer than 512 KB, and no MLmodel file is: attach it as a document.")
    try:
        tree = tree_of(text)
    except NoTreeError as problem:
        where = f"line {problem.line}: " if problem.line else ""
        raise UnreadableCardError(f"This is no YAML ({where}{problem}): export it again from MLflow.") from None
    root = tree.root.parts
    if not root.get("flavors", Branch(1, None)).parts:
        raise UnreadableCardError("This is no MLmodel file: it names no flavors. Attach it as a document instead.")
    found = Findings(CardFormat.MLMODEL)
    for line, name in tree.twice:
        found.skip(line, name or "a key", "The key is given more than once, or is no text: the first one was read.")
    _facts(root, found)
    _flavours(root["flavors"], found)
    if "signature" in root:
        _signature(root["signature"], found)
    else:
        found.skip(None, "signature", "The file has none: what goes in and comes out is not told.")
    for key, branch in root.items():
        if key not in _ROOT and key not in ("flavors", "signature", "metadata"):
            _leave(key, branch, found)
    said = found.detail.get("model_name") or found.detail.get("library", "")
    return found.card(f"MLmodel: {said}")


def _facts(root: Mapping[str, Branch], found: Findings) -> None:
    def said(name: str) -> str:
        return root[name].text if name in root else ""

    metadata = root.get("metadata", Branch(1, None)).parts
    name = metadata["model_name"].text if "model_name" in metadata else ""
    found.short("model_name", name or said("artifact_path"))
    found.short("run", said("run_id"))
    found.short("model_version", said("model_uuid"))
    if version := said("mlflow_version"):
        found.names("tags", [f"mlflow {version}"])
    if created := said("utc_time_created"):
        found.names("tags", [f"made {created.split('.')[0]} UTC"])
    for key, branch in metadata.items():
        if key != "model_name" or not branch.text:
            _leave(f"metadata.{key}", branch, found)


def _flavours(flavours: Branch, found: Findings) -> None:
    """Each flavour with its version; how it is loaded stays in the file."""
    named: list[str] = []
    for name, flavour in flavours.parts.items():
        version = next((one.text for part, one in flavour.parts.items() if _is_version(part, name)), "")
        if name == "python_function":
            python = flavour.parts["python_version"].text if "python_version" in flavour.parts else ""
            found.names("tags", [f"python {python}"] if python else [])
        else:
            named.append(f"{name} {version}".strip())
        rest = [part for part in flavour.parts if not _is_version(part, name) and part != "python_version"]
        if rest:
            found.skip(flavour.line, f"flavors.{name}: {', '.join(rest)}", "It says how to load the model.")
    found.short("library", ", ".join(named) or "python_function")


def _is_version(part: str, flavour: str) -> bool:
    return part.endswith("_version") and part.removesuffix("_version") in (
        flavour,
        flavour.replace("-", "_"),
        "lgb",
        "xgb",
    )


def _signature(signature: Branch, found: Findings) -> None:
    rows: list[Mapping[str, object]] = []
    for part, branch in signature.parts.items():
        side = _SIDES.get(part)
        if side is None:
            _leave(f"signature.{part}", branch, found)
        elif branch.text:
            rows += _columns(side, branch, found)
    found.rows("signature", rows)


def _columns(side: str, branch: Branch, found: Findings) -> list[Mapping[str, object]]:
    try:
        said = json.loads(branch.text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, list):
        found.skip(branch.line, f"signature, {side}: {branch.text}", "It is no list of columns in JSON.")
        return []
    rows: list[Mapping[str, object]] = []
    for column in said:
        if isinstance(column, dict):
            rows.append({"side": side, "name": _name(column), "type": _type(column), "required": _required(column)})
        else:
            found.skip(branch.line, f"signature, {side}: {column}", "It is no column with a name and a type.")
    return rows


def _name(column: Mapping[str, Any]) -> str:
    """A name may be a number, and a tensor or a single column needs none."""
    return str(column["name"]) if column.get("name") is not None else "(unnamed)"


def _type(column: Mapping[str, Any]) -> str:
    tensor = column.get("tensor-spec")
    if isinstance(tensor, dict):
        return f"tensor of {tensor.get('dtype', 'unknown')} {json.dumps(tensor.get('shape'))}"
    said = column.get("type") or column.get("dtype") or "unknown"
    nested = {part: column[part] for part in ("items", "properties") if part in column}
    text = said if isinstance(said, str) else json.dumps(said)
    return f"{text} {json.dumps(nested)}" if nested else text


def _required(column: Mapping[str, Any]) -> str:
    said = column.get("required", not column.get("optional", False) if "optional" in column else None)
    return "" if said is None else "yes" if said is True else "no"


def _leave(name: str, branch: Branch, found: Findings) -> None:
    said = ", ".join(leaf.text for _, leaf in branch.leaves() if leaf.text)
    if said:
        found.skip(branch.line, f"{name}: {said}", "The record has no place for it; it is in the file.")
