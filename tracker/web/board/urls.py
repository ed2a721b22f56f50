"""Addresses of this area."""

from django.urls import path

from tracker.web.board.views import board

urlpatterns = [
    path("", board, name="board"),
]
