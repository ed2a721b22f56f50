"""Database triggers that refuse what the code promises never to do, in the words of SQLite and of PostgreSQL.

A guard belongs to a migration, which creates it; tests that empty tables between runs drop and create them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION throughline_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END
$body$
"""


@dataclass(frozen=True)
class Guard:
    """Refuses an `event` on a row of `table` for which `when` (SQL over OLD; always, if empty) holds."""

    table: str
    event: Literal["UPDATE", "DELETE"]
    message: str
    when: str = ""

    @property
    def name(self) -> str:
        return f"{self.table}_no_{self.event.lower()}"

    def create(self, vendor: str) -> Sequence[str]:
        condition = f"WHEN ({self.when})" if self.when else ""
        head = f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{self.table}" FOR EACH ROW {condition}'
        if vendor == "postgresql":
            return [_POSTGRES_FUNCTION, f"{head} EXECUTE FUNCTION throughline_refuse('{self.message}')"]
        return [f"{head} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"]

    def drop(self, vendor: str) -> Sequence[str]:
        place = f' ON "{self.table}"' if vendor == "postgresql" else ""
        return [f'DROP TRIGGER IF EXISTS "{self.name}"{place}']


def write_once(table: str, noun: str) -> tuple[Guard, Guard]:
    """Rows of this table are added and then neither changed nor deleted."""
    return (
        Guard(table, "UPDATE", f"{noun} is never edited"),
        Guard(table, "DELETE", f"{noun} is never deleted"),
    )


def install(guards: Iterable[Guard], connection: BaseDatabaseWrapper) -> None:
    _run(connection, [sql for guard in guards for sql in guard.create(connection.vendor)])


def remove(guards: Iterable[Guard], connection: BaseDatabaseWrapper) -> None:
    _run(connection, [sql for guard in guards for sql in guard.drop(connection.vendor)])


def _run(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def install_in_migration(guards: Iterable[Guard], editor: BaseDatabaseSchemaEditor) -> None:
    install(guards, editor.connection)


def renew_in_migration(guards: Iterable[Guard], editor: BaseDatabaseSchemaEditor) -> None:
    """Put guards back after a change of their tables: SQLite drops them with the old copy of a table."""
    remove(guards, editor.connection)
    install(guards, editor.connection)


def remove_in_migration(guards: Iterable[Guard], editor: BaseDatabaseSchemaEditor) -> None:
    remove(guards, editor.connection)


FACT_GUARDS: tuple[Guard, ...] = (
    *write_once("models_registry_evidence", "Evidence"),
    *write_once("models_registry_costentry", "A cost entry"),
    *write_once("models_registry_modelversion", "A version"),
    *write_once("models_registry_deploymentspec", "A deployment specification"),
    Guard("models_registry_brief", "UPDATE", "A signed brief is never edited", "OLD.signed_at IS NOT NULL"),
    Guard("models_registry_brief", "DELETE", "A signed brief is never deleted", "OLD.signed_at IS NOT NULL"),
)

EVIDENCE_GUARDS: tuple[Guard, ...] = (
    *write_once("models_registry_evidencefile", "An evidence file"),
    *write_once("models_registry_riskassessment", "A risk assessment"),
)

CALENDAR_GUARDS: tuple[Guard, ...] = write_once("models_registry_calendarrevision", "A revision of a calendar")
