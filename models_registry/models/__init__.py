"""Facts: what is true. Where a release stands and what may change is governance's."""

from models_registry.models.brief import BRIEF_FIELDS, Brief, DeploymentSpec
from models_registry.models.cost import CostEntry
from models_registry.models.evidence import Evidence, EvidenceFile
from models_registry.models.immutable import WrittenOnce, WrittenOnceError, WrittenOnceQuerySet
from models_registry.models.imports import ImportedRow, ImportRun
from models_registry.models.person import Person
from models_registry.models.registered_model import ModelTag, ModelVersion, RegisteredModel, Release, RiskAssessment
from models_registry.models.team import CalendarRevision, Membership, Team, WorkCalendar

__all__ = [
    "BRIEF_FIELDS",
    "Brief",
    "CalendarRevision",
    "CostEntry",
    "DeploymentSpec",
    "Evidence",
    "EvidenceFile",
    "ImportRun",
    "ImportedRow",
    "Membership",
    "ModelTag",
    "ModelVersion",
    "Person",
    "RegisteredModel",
    "Release",
    "RiskAssessment",
    "Team",
    "WorkCalendar",
    "WrittenOnce",
    "WrittenOnceError",
    "WrittenOnceQuerySet",
]
