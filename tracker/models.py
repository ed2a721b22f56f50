"""Rows of the tracker itself: what is told, to whom, and whether it arrived."""

from tracker.alerts.models import (
    Alert,
    AlertPreferences,
    Bundle,
    Channel,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Destination,
    Mute,
)
from tracker.heartbeat import Heartbeat
from tracker.remembered import RememberedAnswer
from tracker.saved_views import SavedView
from tracker.seals.models import SealLetter
from tracker.tokens import ApiToken

__all__ = [
    "Alert",
    "AlertPreferences",
    "ApiToken",
    "Bundle",
    "Channel",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Destination",
    "Heartbeat",
    "Mute",
    "RememberedAnswer",
    "SavedView",
    "SealLetter",
]
