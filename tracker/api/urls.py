"""The addresses of the API, all under `/api/v1/`, its description and its pages."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from tracker.api import acts, registry

resources = [
    path("me/", registry.Me.as_view(), name="api_me"),
    path("models/", registry.Models.as_view(), name="api_models"),
    path("models/<slug:slug>/", registry.OneModel.as_view(), name="api_model"),
    path("models/<slug:slug>/versions/", registry.Versions.as_view(), name="api_versions"),
    path("models/<slug:slug>/releases/", registry.ModelReleases.as_view(), name="api_model_releases"),
    path("releases/", registry.Releases.as_view(), name="api_releases"),
    path("releases/<row:release>/", registry.OneRelease.as_view(), name="api_release"),
    path("releases/<row:release>/gate/", registry.Gate.as_view(), name="api_gate"),
    path("releases/<row:release>/debt/", registry.Debts.as_view(), name="api_debt"),
    path("releases/<row:release>/brief/", registry.Briefs.as_view(), name="api_brief"),
    path("releases/<row:release>/evidence/", registry.EvidenceOf.as_view(), name="api_evidence"),
    path("releases/<row:release>/trail/", registry.Trail.as_view(), name="api_trail"),
    *acts.addresses(),
]

urlpatterns = [
    path("v1/", include(resources)),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", login_required(SpectacularSwaggerSplitView.as_view(url_name="api_schema")), name="api_docs"),
]
