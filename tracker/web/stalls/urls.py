"""Addresses of this area."""

from django.urls import path

from tracker.web.stalls.views import stalls

urlpatterns = [
    path("", stalls, name="stalls"),
]
