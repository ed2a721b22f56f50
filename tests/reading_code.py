"""Reading our own code as syntax: which files there are, and which calls in them write to the database."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("models_registry", "governance", "tracker")

ON_MANAGERS = {
    "create",
    "create_user",
    "create_superuser",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
ON_ROWS = {"save", "delete"}


@dataclass(frozen=True)
class Write:
    """One call that writes rows: where it is, and the name that it was read from."""

    path: str
    line: int
    method: str
    receiver: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.receiver}.{self.method}()"


@cache
def sources(package: str) -> tuple[Path, ...]:
    """The Python files of a package, without migrations."""
    return tuple(path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    """The path as people write it: `governance/acts/holds.py`."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions of a module itself, not of its classes."""
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def dotted(node: ast.expr) -> str:
    """`permissions.lead` of the call `permissions.lead(actor)`; a call in the middle is written `()`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    if isinstance(node, ast.Subscript):
        return f"{dotted(node.value)}[]"
    return "…"


def writes(path: Path) -> Iterator[Write]:
    """The calls of a file that write rows.

    What only a manager has, `save` and `delete` of anything, and an `update` that is given names: a dictionary's, in
    this code, is given a mapping.
    """
    for call in calls(tree_of(path)):
        if not isinstance(call.func, ast.Attribute):
            continue
        method, receiver = call.func.attr, dotted(call.func.value)
        updates = method == "update" and call.keywords and not call.args
        if method in ON_MANAGERS or method in ON_ROWS or updates:
            yield Write(named(path), call.lineno, method, receiver)


def imported(path: Path, package: str) -> Iterator[tuple[str, str]]:
    """What a file takes out of the modules of a package, as (module, name), also by way of the module's own name."""
    tree = tree_of(path)
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module == package:
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif node.module.startswith(f"{package}."):
            yield from ((node.module.removeprefix(f"{package}."), alias.name) for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr
