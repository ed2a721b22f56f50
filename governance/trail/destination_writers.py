"""Writers of what changes where alerts go. Neither an address nor a key is ever written, only what people see of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from governance.trail.writers import on_organisation
from models_registry.models import Person


def destination_changed(
    act: str, number: int, name: str, whose: str, actor: Person | None, at: datetime, **detail: Any
) -> None:
    """`whose`: the person or the team that it belongs to. Without an actor it did so by itself."""
    on_organisation(act, f"destination:{number}", name, actor, at, whose=whose, **detail)
