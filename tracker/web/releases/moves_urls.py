"""The addresses of the acts on where a release stands."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
