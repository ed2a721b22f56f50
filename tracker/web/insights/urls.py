"""Addresses of the insights area."""

from django.urls import path

from tracker.web.insights import skills, views

urlpatterns = [
    path("", views.insights, name="insights"),
    path("skills/", skills.skills, name="skill_map"),
]
