"""The addresses of the acts on what is written down about a release."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
