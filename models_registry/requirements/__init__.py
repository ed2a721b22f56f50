"""The requirements law: what a brief may say, what was measured, and how the two compare. Pure, without a database."""

from models_registry.requirements.brief import FIELDS as BRIEF_FIELDS
from models_registry.requirements.brief import check_brief, requirements_of
from models_registry.requirements.currency import CURRENCIES, MINOR_UNITS, currency_problem
from models_registry.requirements.deployment import (
    DEPLOYMENT_FIELDS,
    check_deployment,
    commitments_of,
    compare_deployment,
    region_agrees,
)
from models_registry.requirements.details import check_detail, ends_by_detail
from models_registry.requirements.digest import digest_of, plain_number
from models_registry.requirements.facts import Compared, FieldProblem, Interval, Measurement, Requirement
from models_registry.requirements.intervals import spoken as spoken_interval
from models_registry.requirements.material import brief_digest, material_brief
from models_registry.requirements.measuring import amount, check_measurements, compare, measurements_of, sentence
from models_registry.requirements.risk import QUESTIONS as RISK_QUESTIONS
from models_registry.requirements.risk import RISK as RISK_ANSWERS
from models_registry.requirements.risk import Question, answers_of
from models_registry.requirements.schema import check_schema
from models_registry.requirements.units import measured_name, metric_code
from models_registry.requirements.values import as_sentence

__all__ = [
    "BRIEF_FIELDS",
    "CURRENCIES",
    "DEPLOYMENT_FIELDS",
    "MINOR_UNITS",
    "RISK_ANSWERS",
    "RISK_QUESTIONS",
    "Compared",
    "FieldProblem",
    "Interval",
    "Measurement",
    "Question",
    "Requirement",
    "amount",
    "answers_of",
    "as_sentence",
    "brief_digest",
    "check_brief",
    "check_deployment",
    "check_detail",
    "check_measurements",
    "check_schema",
    "commitments_of",
    "compare",
    "compare_deployment",
    "currency_problem",
    "digest_of",
    "ends_by_detail",
    "material_brief",
    "measured_name",
    "measurements_of",
    "metric_code",
    "plain_number",
    "region_agrees",
    "requirements_of",
    "sentence",
    "spoken_interval",
]
