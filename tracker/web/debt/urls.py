"""Addresses of this area."""

from django.urls import path

from tracker.web.debt.views import debt

urlpatterns = [
    path("", debt, name="debt"),
]
