"""The risk questionnaire of a brief: what is asked, what may be answered, and what of it is missing or unknown.

What an answer leads to is the law's business (`governance.tiering`). The areas are those of Annex III of the EU AI Act.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.values import as_text, choice_problem, is_blank

RISK: Final = "risk_answers"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `answers`: the words kept and what a person reads, from harmless to grave."""

    code: str
    text: str
    answers: Mapping[str, str]


QUESTIONS: Final = (
    Question(
        "rights",
        "Does a result change somebody's rights, or what they can have?",
        {
            "no": "No, it stays inside the house",
            "service": "It changes a service, which everybody still gets",
            "access": "Yes: who gets credit, work, care, help or another chance",
        },
    ),
    Question(
        "data",
        "What data about people does it use?",
        {
            "none": "None",
            "personal": "Personal data",
            "special": "Special categories, such as health or beliefs, or data that give them away",
        },
    ),
    Question(
        "automation",
        "Who looks at a result before it takes effect?",
        {
            "person": "A person decides, and can tell why",
            "sample": "A person looks at some of them",
            "nobody": "Nobody: it takes effect by itself",
        },
    ),
    Question(
        "scale",
        "How many people does it touch in a year?",
        {"few": "Fewer than 1,000", "many": "Up to 100,000", "mass": "More"},
    ),
    Question(
        "safety",
        "Could a mistake hurt somebody?",
        {
            "no": "No",
            "indirect": "Only if others fail as well",
            "direct": "Yes, or it runs something that lives depend on",
        },
    ),
    Question(
        "reversal",
        "Can a wrong result be undone?",
        {"easily": "Easily and at once", "effort": "With effort, or after some time", "never": "No"},
    ),
    Question(
        "domain",
        "Is it in an area that the EU AI Act regulates?",
        {
            "none": "No",
            "preparatory": "In one of them, as a narrow or preparatory step only (Article 6(3))",
            "product": "Safety part of a regulated product (Article 6(1), Annex I)",
            "biometrics": "Biometrics (Annex III, 1)",
            "infrastructure": "Critical infrastructure (Annex III, 2)",
            "education": "Education and training (Annex III, 3)",
            "employment": "Work and the management of workers (Annex III, 4)",
            "services": "Essential services: benefits, credit, life and health insurance (Annex III, 5)",
            "law_enforcement": "Law enforcement (Annex III, 6)",
            "migration": "Migration, asylum and borders (Annex III, 7)",
            "justice": "Justice and democracy (Annex III, 8)",
        },
    ),
    Question(
        "vulnerable",
        "Are children, patients or other vulnerable people among those it touches?",
        {"no": "No", "some": "Some of them", "mostly": "It is mostly about them"},
    ),
    Question(
        "money",
        "What can one wrong result cost somebody?",
        {"little": "Less than a day's income", "noticeable": "Up to a month's income", "much": "More than that"},
    ),
)
BY_CODE: Final = {question.code: question for question in QUESTIONS}


def answers_of(raw: Mapping[str, object]) -> dict[str, str]:
    """The answers of a brief that are given and known, in the order of the questions."""
    given = raw.get(RISK)
    if not isinstance(given, Mapping):
        return {}
    read = {question.code: as_text(given.get(question.code)) for question in QUESTIONS}
    return {code: answer for code, answer in read.items() if answer in BY_CODE[code].answers}


def check_risk_answers(raw: Mapping[str, object], *, complete: bool) -> list[FieldProblem]:
    """Every problem of the answers. None at all is no problem of the brief; the gate asks for them."""
    given = raw.get(RISK)
    if is_blank(given):
        return []
    if not isinstance(given, Mapping):
        return [FieldProblem(RISK, "Give the answers as an object of questions and answers.")]
    found = [_unknown(str(code)) for code in given if code not in BY_CODE]
    for question in QUESTIONS:
        field, answer = f"{RISK}.{question.code}", given.get(question.code)
        if is_blank(answer):
            found += [FieldProblem(field, f"Answer this too: {question.text}")] if complete and any_given(given) else []
        elif wrong := choice_problem(answer, question.answers):
            found.append(FieldProblem(field, f"{wrong[:1].upper()}{wrong[1:]}{'' if wrong.endswith('?') else '.'}"))
    return found


def any_given(given: Mapping[str, object]) -> bool:
    return any(not is_blank(answer) for answer in given.values())


def _unknown(code: str) -> FieldProblem:
    return FieldProblem(RISK, f"There is no question “{code[:60]}”; the questions are {', '.join(BY_CODE)}.")
