"""Why models arrive or do not: production rate by cohort, funnel, time in stage, money in never-live releases."""

from tracker.insight.cohorts import Arrivals, Cohort, Rate, arrivals, wilson
from tracker.insight.losses import Loss, Losses, losses
from tracker.insight.scope import DEFAULT, PERIODS, Quarter, Scope, scope_of
from tracker.insight.times import StageTime, Times, stage_times

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
    "Times",
    "arrivals",
    "losses",
    "scope_of",
    "stage_times",
    "wilson",
]
