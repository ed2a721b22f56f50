"""Addresses of this area."""

from django.urls import path

from tracker.web.models.registry import models
from tracker.web.pages import placeholder

urlpatterns = [
    path("", models, name="models"),
    path("new/", placeholder, name="model_new"),
    path("<slug:slug>/", placeholder, name="model"),
]
