"""Addresses of this area."""

from django.urls import path

from tracker.web.models.new import model_new
from tracker.web.models.page import model
from tracker.web.models.registry import models

urlpatterns = [
    path("", models, name="models"),
    path("new/", model_new, name="model_new"),
    path("<slug:slug>/", model, name="model"),
]
