"""Addresses of the reviews area."""

from django.urls import path

from tracker.web.reviews import desk, one

urlpatterns = [
    path("", desk.reviews, name="reviews"),
    path("<row:pk>/", one.review, name="review"),
]
