"""The addresses of the acts on what is written down about a release."""

from django.urls import URLPattern, path

from tracker.web.releases import (
    coverage,
    records_brief,
    records_cards,
    records_classify,
    records_costs,
    records_deployment,
    records_evidence,
    records_files,
    records_registry,
    tier,
)

urlpatterns: list[URLPattern] = [
    path("<row:release>/brief/", records_brief.brief, name="brief"),
    path("<row:release>/brief/edit/", records_brief.brief_edit, name="brief_edit"),
    path("<row:release>/brief/sign/", records_brief.brief_sign, name="brief_sign"),
    path("<row:release>/brief/discard/", records_brief.brief_discard, name="brief_discard"),
    path("<row:release>/brief/amend/", records_brief.brief_amend, name="brief_amend"),
    path("<row:release>/evidence/add/", records_evidence.evidence_add, name="evidence_add"),
    path("<row:release>/evidence/import/", records_cards.card_import, name="card_import"),
    path("evidence/<row:pk>/", records_evidence.evidence, name="evidence"),
    path("evidence/<row:pk>/classify/", records_classify.evidence_classify, name="evidence_classify"),
    path("files/<row:pk>/", records_files.evidence_file, name="evidence_file"),
    path("<row:release>/candidate/", records_evidence.candidate_name, name="candidate_name"),
    path("<row:release>/deployment/", records_deployment.deployment_write, name="deployment_write"),
    path("<row:release>/costs/add/", records_costs.cost_add, name="cost_add"),
    path("<row:release>/costs/import/", records_costs.cost_import, name="cost_import"),
    path("costs/<row:entry>/reverse/", records_costs.cost_reverse, name="cost_reverse"),
    path("<row:release>/review/request/", records_registry.review_request, name="review_request"),
    path("<row:release>/review/withdraw/", records_registry.review_withdraw, name="review_withdraw"),
    path("of/<slug:slug>/start/", records_registry.release_start, name="release_start"),
    path("<row:release>/coverage/", coverage.coverage, name="coverage"),
    path("of/<slug:slug>/tier/", tier.tier_lower, name="tier_lower"),
    path("of/<slug:slug>/edit/", records_registry.model_edit, name="model_edit"),
]
