"""Rows that are written once. The database refuses the rest by trigger; this gives the clear error first."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models


class WrittenOnceError(TypeError):
    """Raised when code tries to change or delete a row that is only ever added."""


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class WrittenOnceQuerySet(models.QuerySet[M_co]):
    """Refuses bulk changes, which would walk around `save()`."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise WrittenOnceError(f"{self.model.__name__} rows are never edited; add a new one instead.")

    def delete(self) -> NoReturn:
        raise WrittenOnceError(f"{self.model.__name__} rows are never deleted.")


class WrittenOnce(models.Model):
    """Base of evidence, cost entries and the trail: added, superseded or reversed, never edited."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise WrittenOnceError(f"{type(self).__name__} rows are never edited; add a new one instead.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnceError(f"{type(self).__name__} rows are never deleted.")
