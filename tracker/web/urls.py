"""The addresses of the pages: one file an area, and the two switches of the frame."""

from django.urls import include, path

from tracker.web.theme import letters, theme

urlpatterns = [
    path("", include("tracker.web.home.urls")),
    path("stalls/", include("tracker.web.stalls.urls")),
    path("claims/", include("tracker.web.claims.urls")),
    path("reviews/", include("tracker.web.reviews.urls")),
    path("board/", include("tracker.web.board.urls")),
    path("models/", include("tracker.web.models.urls")),
    path("releases/", include("tracker.web.releases.urls")),
    path("insights/", include("tracker.web.insights.urls")),
    path("debt/", include("tracker.web.debt.urls")),
    path("inbox/", include("tracker.web.inbox.urls")),
    path("audit/", include("tracker.web.audit.urls")),
    path("settings/", include("tracker.web.settings.urls")),
    path("theme/", theme, name="theme"),
    path("letters/", letters, name="letters"),
]
