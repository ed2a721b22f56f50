from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from governance.triggers import stand_guard, step_aside

        pre_migrate.connect(step_aside, sender=self)
        post_migrate.connect(stand_guard, sender=self)
