"""Addresses of the reviews area."""

from django.urls import path

from tracker.web.reviews import acts, assigning, batch, desk, findings, one, saved, waiving

urlpatterns = [
    path("", desk.reviews, name="reviews"),
    path("batch/", batch.batch, name="review_batch"),
    path("views/save/", saved.view_save, name="review_view_save"),
    path("views/<row:pk>/", saved.view_rename, name="review_view_rename"),
    path("views/<row:pk>/delete/", saved.view_delete, name="review_view_delete"),
    path("<row:pk>/", one.review, name="review"),
    path("<row:pk>/take/", acts.take, name="review_take"),
    path("<row:pk>/assign/", assigning.assign, name="review_assign"),
    path("<row:pk>/judge/", acts.judge, name="review_judge"),
    path("<row:pk>/feedback/", acts.feedback, name="review_feedback"),
    path("<row:pk>/feedback/stop/", acts.feedback_stop, name="review_feedback_stop"),
    path("<row:pk>/revoke/", acts.revoke, name="review_revoke"),
    path("<row:pk>/findings/raise/", findings.raise_one, name="review_finding_raise"),
    path("findings/<row:pk>/resolve/", findings.resolve, name="review_finding_resolve"),
    path("findings/<row:pk>/close/", findings.close, name="review_finding_close"),
    path("findings/<row:pk>/reopen/", findings.reopen, name="review_finding_reopen"),
    path("findings/<row:pk>/move/", findings.move, name="review_finding_move"),
    path("<row:pk>/waive/", waiving.grant, name="review_waive"),
    path("waivers/<row:pk>/end/", waiving.end, name="review_waiver_end"),
]
