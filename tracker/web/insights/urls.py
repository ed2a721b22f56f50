"""Addresses of the insights area."""

from django.urls import path

from tracker.web.insights import views

urlpatterns = [
    path("", views.insights, name="insights"),
]
