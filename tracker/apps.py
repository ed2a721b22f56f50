from django.apps import AppConfig


class TrackerConfig(AppConfig):
    name = "tracker"
    verbose_name = "Tracker"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing is the point: shared tasks find their application, and the start-up checks register themselves.
        from tracker import celery, checks  # noqa: F401
