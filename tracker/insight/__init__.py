"""Why models arrive or do not: production rate by cohort, funnel, time in stage, whom it waited on, money lost."""

from tracker.insight.cohorts import Arrivals, Cohort, Rate, arrivals, wilson
from tracker.insight.losses import Loss, Losses, losses
from tracker.insight.scope import DEFAULT, PERIODS, Quarter, Scope, scope_of
from tracker.insight.times import StageTime, Times, stage_times
from tracker.insight.waits import StageWaits, Waited, waits

__all__ = [
    "DEFAULT",
    "PERIODS",
    "Arrivals",
    "Cohort",
    "Loss",
    "Losses",
    "Quarter",
    "Rate",
    "Scope",
    "StageTime",
    "StageWaits",
    "Times",
    "Waited",
    "arrivals",
    "losses",
    "scope_of",
    "stage_times",
    "waits",
    "wilson",
]
