"""Addresses of this area."""

from django.urls import path

from tracker.web.pages import placeholder

urlpatterns = [
    path("", placeholder, name="stalls"),
]
