"""Addresses of this area."""

from django.urls import path

from tracker.web.claims.views import claims, work

urlpatterns = [
    path("", claims, name="claims"),
    path("work/", work, name="work"),
]
