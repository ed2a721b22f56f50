"""Reading the controls of a policy, and the groups that approve and advise."""

from collections.abc import Mapping
from typing import Any, Final

from governance.controls import BRIEF, REQUIREMENTS, Control, GroupQuorum, Reference
from governance.policy_reading import Reader
from models_registry.vocabulary import EvidenceKind

MOST_CONTROLS: Final = 200
LONGEST_CODE: Final = 80
_CONTROL: Final = ("title", "question", "evidence", "references")
_OWN_CODES: Final = frozenset({BRIEF, REQUIREMENTS, *(kind.value for kind in EvidenceKind)})


def read_controls(reader: Reader, raw: object) -> dict[str, Control]:
    """The catalogue of a policy: controls by their code, in its order, since PostgreSQL keeps no other of an object."""
    if not isinstance(raw, Mapping):
        reader.add("controls", "must be an object of controls by code")
        return {}
    if len(raw) > MOST_CONTROLS:
        reader.add("controls", f"has more than {MOST_CONTROLS} controls: split the policy or leave some out")
        return {}
    written = sorted(raw.items(), key=lambda item: str(item[0]))
    return {str(code): _read_control(reader, str(code), fields) for code, fields in written}


def _read_control(reader: Reader, code: str, raw: object) -> Control:
    path = f"controls.{code}"
    if code in _OWN_CODES:
        reader.add(path, "is the code of a control that every policy has: choose another one")
    if not code or len(code) > LONGEST_CODE or not code.replace("-", "").replace("_", "").isalnum():
        reader.add(path, f"must be a code of letters, digits, - and _, at most {LONGEST_CODE} of them")
    fields = reader.mapping(raw, path, known=_CONTROL)
    return Control(
        code=code,
        title=reader.text(fields, "title", path, most=200, required=True),
        question=reader.text(fields, "question", path, most=2000),
        evidence=reader.kinds(fields, "evidence", path),
        references=_read_references(reader, fields, path),
    )


def _read_references(reader: Reader, fields: Mapping[str, Any], path: str) -> tuple[Reference, ...]:
    raw = fields.get("references", [])
    if not isinstance(raw, (list, tuple)):
        reader.add(f"{path}.references", "must be a list of objects with framework and clause")
        return ()
    read = []
    for index, one in enumerate(raw):
        place = f"{path}.references.{index}"
        said = reader.mapping(one, place, known=("framework", "clause"))
        read.append(
            Reference(
                framework=reader.text(said, "framework", place, most=60, required=True),
                clause=reader.text(said, "clause", place, most=120, required=True),
            )
        )
    return tuple(read)


def read_quorums(reader: Reader, fields: Mapping[str, Any], path: str) -> tuple[GroupQuorum, ...]:
    """Who approves: each group once, with how many of its people."""
    raw = fields.get("approvers")
    if not isinstance(raw, (list, tuple)):
        reader.add(f"{path}.approvers", "must be a list of objects with group and quorum")
        return ()
    read: dict[str, GroupQuorum] = {}
    for index, one in enumerate(raw):
        place = f"{path}.approvers.{index}"
        said = reader.mapping(one, place, known=("group", "quorum"))
        group = reader.text(said, "group", place, most=60, required=True)
        if group in read:
            reader.add(f"{place}.group", f"“{group}” is listed twice: give it one quorum")
        read[group] = GroupQuorum(group, reader.count(said, "quorum", place, least=1, most=20))
    return tuple(read.values())


def read_groups(reader: Reader, fields: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Who advises: groups by their slug, each once."""
    raw = fields.get("feedback", [])
    if not isinstance(raw, (list, tuple)) or not all(isinstance(one, str) and 0 < len(one) <= 60 for one in raw):
        reader.add(f"{path}.feedback", "must be a list of groups by their short names")
        return ()
    if len(set(raw)) != len(raw):
        reader.add(f"{path}.feedback", "names a group twice: leave one out")
    return tuple(dict.fromkeys(raw))


def controls_to_raw(controls: Mapping[str, Control]) -> dict[str, Any]:
    """The catalogue as plain JSON again."""
    return {
        code: {
            "title": control.title,
            "question": control.question,
            "evidence": [kind.value for kind in control.evidence],
            "references": [{"framework": one.framework, "clause": one.clause} for one in control.references],
        }
        for code, control in controls.items()
    }
