"""People: who signs in, and what the organisation lets them do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now

from models_registry.vocabulary import OrgRole, choices


class PersonManager(BaseUserManager["Person"]):
    """Creates people by e-mail address; there is no separate user name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        if not email:
            raise ValueError("A person needs an e-mail address.")
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        return self.create_user(email, password, **{"role": OrgRole.ADMIN, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. The e-mail address is the user name, compared without regard to case."""

    email = models.EmailField("e-mail", unique=True)
    full_name = models.CharField("full name", max_length=150)
    role = models.CharField(max_length=24, choices=choices(OrgRole), default=OrgRole.MEMBER)
    timezone = models.CharField("time zone", max_length=64, default="UTC")
    skills = models.JSONField(default=list, blank=True, help_text="Words of the list of skills.")
    load_limit = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Stages owned at once without a warning; empty: as the policy says."
    )
    is_active = models.BooleanField("may sign in", default=True)
    joined_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["full_name", "id"]
        verbose_name_plural = "people"
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_ci_unique")]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email

    @property
    def is_staff(self) -> bool:
        """Django's admin is for administrators only; there is no second switch to forget."""
        return self.is_active and self.role == OrgRole.ADMIN
