"""Addresses of this area."""

from django.urls import path

from tracker.web.pages import placeholder

urlpatterns = [
    path("", placeholder, name="reviews"),
    path("<int:pk>/", placeholder, name="review"),
]
