"""Addresses of the reviews area."""

from django.urls import path

from tracker.web.reviews import batch, desk, one, saved

urlpatterns = [
    path("", desk.reviews, name="reviews"),
    path("batch/", batch.batch, name="review_batch"),
    path("views/save/", saved.view_save, name="review_view_save"),
    path("views/<row:pk>/", saved.view_rename, name="review_view_rename"),
    path("views/<row:pk>/delete/", saved.view_delete, name="review_view_delete"),
    path("<row:pk>/", one.review, name="review"),
]
