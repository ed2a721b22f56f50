"""The address of the door."""

from django.urls import path

from tracker.web.home.views import home

urlpatterns = [
    path("", home, name="home"),
]
