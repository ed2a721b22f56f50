"""Who imports, and how property tests run here: without a deadline, which a busy machine would miss."""

from __future__ import annotations

import pytest
from hypothesis import settings

from models_registry.models import Person
from models_registry.vocabulary import OrgRole

settings.register_profile("inventory", deadline=None)
settings.load_profile("inventory")


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_user("ada@x.example", full_name="Ada Admin", role=OrgRole.ADMIN)
