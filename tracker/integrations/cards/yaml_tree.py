"""YAML as a tree with lines: scalars as they are written, keys that are given twice, and no more than is there.

Nothing is constructed: a scalar stays text, so that the language `no` is not a falsehood and `1.10` not a number, and a
tag that asks for a Python object gets none. Aliases are counted, because a few lines of them can stand for millions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml

MOST_NODES: Final = 50_000
DEEPEST: Final = 60
_NULL: Final = "tag:yaml.org,2002:null"
Value: TypeAlias = "str | list[Branch] | dict[str, Branch] | None"


class NoTreeError(ValueError):
    """The text is not YAML that can be read. `line` counts from 1."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Branch:
    """A value and the line that it begins on."""

    line: int
    value: Value

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    @property
    def parts(self) -> dict[str, Branch]:
        return self.value if isinstance(self.value, dict) else {}

    @property
    def entries(self) -> list[Branch]:
        """The entries of a list; anything else but nothing is a list of itself."""
        if isinstance(self.value, list):
            return self.value
        return [] if self.value in (None, "") else [self]

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Branch]]:
        """Every scalar below, by its path."""
        if isinstance(self.value, dict):
            for key, inner in self.value.items():
                yield from inner.leaves((*path, key))
        elif isinstance(self.value, list):
            for at, inner in enumerate(self.value):
                yield from inner.leaves((*path, str(at)))
        else:
            yield path, self


@dataclass
class Tree:
    """The root, and the lines on which a key stands for the second time or is no text."""

    root: Branch
    twice: list[tuple[int, str]] = field(default_factory=list)


def tree_of(text: str, first_line: int = 1) -> Tree:
    """The tree of a text that begins on a line of its file. Raises `NoTreeError`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + first_line if mark else None
        raise NoTreeError(str(problem.problem or problem.context or "it is no YAML"), line) from None
    except (yaml.YAMLError, ValueError) as problem:
        raise NoTreeError(" ".join(str(problem).split())[:200], None) from None
    except RecursionError:
        raise NoTreeError("it is nested too deeply", None) from None
    if node is None:
        return Tree(Branch(first_line, None))
    grower = _Grower(first_line)
    root = grower.grow(node, 0)
    return Tree(root, grower.twice)


class _Grower:
    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.left = MOST_NODES
        self.twice: list[tuple[int, str]] = []

    def grow(self, node: yaml.Node, depth: int) -> Branch:
        self.left -= 1
        line = node.start_mark.line + self.first_line
        if self.left < 0 or depth > DEEPEST:
            raise NoTreeError("it refers to itself too often, or holds too much", line)
        if isinstance(node, yaml.MappingNode):
            return Branch(line, self._mapping(node, depth))
        if isinstance(node, yaml.SequenceNode):
            return Branch(line, [self.grow(inner, depth + 1) for inner in node.value])
        return Branch(line, None if node.tag == _NULL else str(node.value))

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Branch]:
        found: dict[str, Branch] = {}
        for key, value in node.value:
            line = key.start_mark.line + self.first_line
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if not name or name in found:
                self.twice.append((line, name))
                continue
            inner = self.grow(value, depth + 1)
            found[name] = Branch(line, inner.value)
        return found
