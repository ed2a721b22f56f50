"""Addresses of the audit area."""

from django.urls import path

from tracker.web.audit import views

urlpatterns = [
    path("", views.audit, name="audit"),
    path("verify/", views.verify, name="audit_verify"),
    path("<row:pk>/", views.event, name="audit_event"),
]
