"""The addresses of the acts on who answers, and what pauses the clock."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
