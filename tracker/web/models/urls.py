"""Addresses of this area."""

from django.urls import path

from tracker.web.models.new import model_new
from tracker.web.models.registry import models
from tracker.web.pages import placeholder

urlpatterns = [
    path("", models, name="models"),
    path("new/", model_new, name="model_new"),
    path("<slug:slug>/", placeholder, name="model"),
]
