"""Who imports."""

from __future__ import annotations

import pytest

from models_registry.models import Person
from models_registry.vocabulary import OrgRole


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_user("ada@x.example", full_name="Ada Admin", role=OrgRole.ADMIN)
