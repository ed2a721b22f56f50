"""Writing a policy as YAML: every value on its own line, with its unit beside it. `read_policy` takes it back."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from governance.policy_plain import TEAM_MATES, plain
from models_registry.vocabulary import AssignmentRule, EvidenceKind, GateMode, OwnerRule, Recipient, Skill, Stage

_WIDE: Final = 2**30
_STEP: Final = "  "


def write_policy(raw: Mapping[str, Any], title: str) -> str:
    """The policy as YAML text; `title` stands in its first line. Raises `PolicyProblem` for one with problems."""
    return "\n".join(_document(plain(raw), title)) + "\n"


def _document(raw: Mapping[str, Any], title: str) -> Iterator[str]:
    yield f"# {_one_line(title)}"
    yield "# Days are business days, and hours business hours, of the calendar of the release's team."
    yield ""
    yield f"vacancy_days: {_number(raw['vacancy_days'])}  # days that a stage may be without an owner"
    yield f"retrospective_days: {raw['retrospective_days']}  # days until a review in retrospect, after broken glass"
    yield f"nudge_cooldown_hours: {_number(raw['nudge_cooldown_hours'])}  # hours between two nudges of one owner"
    yield f"approver_outside_team: {_flag(raw['approver_outside_team'])}  # unless a tier says {TEAM_MATES}"
    yield f"handover_days: {_number(raw['handover_days'])}  # days until an offered hand-over that nobody answers ends"
    yield f"load_limit: {raw['load_limit']}  # stages that one person owns without a warning; 0: any number"
    yield f"snooze_hours: {raw['snooze_hours']}  # hours, day and night, that an alert may be put off"
    yield f"assignment: {raw['assignment']}  # who is given a review: {_words(AssignmentRule)}"
    if raw["pausing"] is not None:
        yield f"pausing: {_list(raw['pausing'])}  # reasons of a hold for which the clock stands still"
    yield ""
    yield f"# Who is told of a clock's rungs: {_words(Recipient)}."
    yield "alerts:"
    for clock, rungs in raw["alerts"].items():
        yield f"{_STEP}{clock}:"
        yield from (f"{_STEP * 2}{rung}: {_list(told)}" for rung, told in rungs.items())
    yield ""
    yield "# What reviewers look at one by one. A stage below asks for a control by its code."
    yield f"# Kinds of evidence: {_words(EvidenceKind)}"
    yield from _controls(raw["controls"])
    yield ""
    yield f"# A gate is one of {_words(GateMode)}: an unmet check keeps a release back, or is told while it moves."
    yield "tiers:"
    for tier, stages in raw["tiers"].items():
        yield f"{_STEP}{tier}:"
        for stage, rule in stages.items():
            yield from _stage(stage, rule)


def _controls(controls: Mapping[str, Any]) -> Iterator[str]:
    if not controls:
        yield "controls: {}"
        return
    yield "controls:"
    for code, control in controls.items():
        yield f"{_STEP}{_text(code)}:"
        yield f"{_STEP * 2}title: {_text(control['title'])}"
        yield from _long_text("question", control["question"], _STEP * 2)
        yield f"{_STEP * 2}evidence: {_list(control['evidence'])}"
        yield from _references(control["references"])


def _references(references: Sequence[Mapping[str, str]]) -> Iterator[str]:
    if not references:
        yield f"{_STEP * 2}references: []"
        return
    yield f"{_STEP * 2}references:"
    for one in references:
        yield f"{_STEP * 3}- framework: {_text(one['framework'])}"
        yield f"{_STEP * 3}  clause: {_text(one['clause'])}"


def _stage(stage: str, rule: Mapping[str, Any]) -> Iterator[str]:
    inner = _STEP * 3
    yield f"{_STEP * 2}{stage}:"
    yield f"{inner}budget_days: {_number(rule['budget_days'])}  # days"
    yield f"{inner}gate: {rule['gate']}"
    yield f"{inner}evidence: {_list(rule['evidence'])}"
    yield f"{inner}controls: {_list(rule['controls'])}"
    yield f"{inner}owner: {rule['owner']}  # who answers when nobody was named: {_words(OwnerRule)}"
    yield f"{inner}skills: {_list(rule['skills'])}  # what the work takes, of: {_words(Skill)}"
    if stage == Stage.COMPLIANCE_REVIEW:
        yield from _review(rule, inner)


def _review(rule: Mapping[str, Any], inner: str) -> Iterator[str]:
    yield f"{inner}approvers:  # so many different people of each group"
    for one in rule["approvers"]:
        yield f"{inner}{_STEP}- group: {_text(one['group'])}"
        yield f"{inner}{_STEP}  quorum: {one['quorum']}"
    yield f"{inner}feedback: {_list(rule['feedback'])}  # groups that advise"
    if TEAM_MATES in rule:
        yield f"{inner}{TEAM_MATES}: {_flag(rule[TEAM_MATES])}"
    yield f"{inner}validity_months: {rule['validity_months']}  # months until an approval lapses; 0: never"
    yield f"{inner}sign_again: {_flag(rule['sign_again'])}  # a decision asks for password or second factor again"


def _long_text(name: str, text: str, indent: str) -> Iterator[str]:
    """A text of several lines as a block, which reads as it was typed; else on the line of its name."""
    lines = text.split("\n")
    if len(lines) > 1 and all(line.isprintable() for line in lines) and not text[0].isspace():
        yield f"{indent}{name}: |-"
        yield from (f"{indent}{_STEP}{line}" if line else "" for line in lines)
    else:
        yield f"{indent}{name}: {_text(text)}"


def _text(text: str) -> str:
    """A text on one line, in quotes where YAML would read something else."""
    style = None if text.isprintable() else '"'  # only there are breaks escaped that are no \n, such as U+0085
    said = yaml.dump(text, Dumper=yaml.SafeDumper, default_style=style, allow_unicode=True, width=_WIDE)
    return said.removesuffix("...\n").rstrip("\n")


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(_quoted_in_list(word) for word in words)}]"


def _quoted_in_list(word: str) -> str:
    said = yaml.dump([word], Dumper=yaml.SafeDumper, default_flow_style=True, allow_unicode=True, width=_WIDE)
    return said.strip()[1:-1]


def _number(value: object) -> str:
    return f"{Decimal(str(value)):f}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _words(words: Any) -> str:
    return ", ".join(word.value for word in words)


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
