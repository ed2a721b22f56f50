"""Who is told, and what they see: pages, API, alerts and the project shell."""

from tracker.celery import app as celery_app

__all__ = ["celery_app"]
