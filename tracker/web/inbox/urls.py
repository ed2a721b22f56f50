"""Addresses of this area."""

from django.urls import path

from tracker.web.inbox import views

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("mute/<slug:slug>/", views.mute, name="inbox_mute"),
    path("read/", views.mark_all_read, name="inbox_read_all"),
    path("<row:pk>/read/", views.mark_read, name="inbox_read"),
    path("<row:pk>/open/", views.open_message, name="inbox_open"),
]
