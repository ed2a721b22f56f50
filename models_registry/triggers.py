"""Database triggers that refuse what the code promises never to do, in the words of SQLite and of PostgreSQL.

A guard belongs to a migration, which creates it; tests that empty tables between runs drop and create them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION throughline_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END
$body$
"""


class Trigger(Protocol):
    """What can be put into a database of this vendor, and taken out again."""

    def create(self, vendor: str) -> Sequence[str]: ...

    def drop(self, vendor: str) -> Sequence[str]: ...


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


@dataclass(frozen=True)
class ReadingGuard:
    """Refuses to insert a row into `table` when `found`, a query over NEW and other tables, finds anything.

    SQLite renames no table while a trigger names a missing one, and a migration copies tables and renames the copy:
    such a guard is taken out before migrations run and put in after them, and belongs to none of them.
    """

    table: str
    name: str
    message: str
    found: str

    def create(self, vendor: str) -> Sequence[str]:
        head = f'CREATE TRIGGER "{self.name}" BEFORE INSERT ON "{self.table}" FOR EACH ROW'
        if vendor == "postgresql":
            refuse = f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation'"
            body = f"BEGIN IF EXISTS ({self.found}) THEN {refuse}; END IF; RETURN NEW; END"
            function = f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql'
            return [f"{function} AS $body$ {body} $body$", f'{head} EXECUTE FUNCTION "{self.name}"()']
        return [f"{head} BEGIN SELECT RAISE(ABORT, '{self.message}') WHERE EXISTS ({self.found}); END"]

    def drop(self, vendor: str) -> Sequence[str]:
        if vendor == "postgresql":
            place, function = f' ON "{self.table}"', [f'DROP FUNCTION IF EXISTS "{self.name}"()']
        else:
            place, function = "", []
        return [f'DROP TRIGGER IF EXISTS "{self.name}"{place}', *function]


def write_once(table: str, noun: str) -> tuple[Guard, Guard]:
    """Rows of this table are added and then neither changed nor deleted."""
    return (
        Guard(table, "UPDATE", f"{noun} is never edited"),
        Guard(table, "DELETE", f"{noun} is never deleted"),
    )


def install(guards: Iterable[Trigger], connection: BaseDatabaseWrapper) -> None:
    _run(connection, [sql for guard in guards for sql in guard.create(connection.vendor)])


def remove(guards: Iterable[Trigger], connection: BaseDatabaseWrapper) -> None:
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
