"""The addresses of the acts on one release, and on what hangs on it."""

from django.urls import include, path

urlpatterns = [
    path("", include("tracker.web.releases.ownership_urls")),
    path("", include("tracker.web.releases.moves_urls")),
    path("", include("tracker.web.releases.records_urls")),
]
