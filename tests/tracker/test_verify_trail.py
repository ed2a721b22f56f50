"""`manage.py verify_trail` says in a sentence whether the trail holds, and names each flaw when it does not."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from governance.models import AuditEvent, ChainHead
from governance.trail import ORGANISATION, release_chain
from models_registry.vocabulary import Stage
from tests.governance import tampering
from tests.world import World

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str, str]:
    """What the command prints, what it complains of, and its last word when it fails."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_trail", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error)
    return out.getvalue(), err.getvalue(), ""


def test_an_empty_trail_holds() -> None:
    assert run() == ("The trail holds: 0 events in 0 chains. Head of the organisation's chain: none yet.\n", "", "")


def test_a_trail_that_holds_is_said_in_one_sentence_with_counts_and_the_head(world: World) -> None:
    world.release_at(Stage.VALIDATION)
    head = ChainHead.objects.get(chain=ORGANISATION).hash
    events = AuditEvent.objects.count()
    assert run() == (
        f"The trail holds: {events} events in 2 chains. Head of the organisation's chain: {head}.\n",
        "",
        "",
    )


def test_each_flaw_is_named_and_the_exit_code_is_1(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    chain = release_chain(release.pk)
    tampering.guards_down()
    tampering.events(chain=chain, sequence=2).update(actor_name="Somebody Else")
    out, err, last = run()
    assert out == ""
    assert err == f"{chain}#2: was edited after it was written\n"
    whole = f"{AuditEvent.objects.count()} events in 2 chains"
    assert last == f"The trail does not hold: 1 flaw in {whole}. First broken link: {chain}#2."


def test_it_can_seal_first(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    out, _, _ = run("--seal")
    assert out.startswith("Sealed 1 chain that had moved.\nThe trail holds: ")
    head = ChainHead.objects.get(chain=release_chain(release.pk))
    assert head.sealed_sequence == head.sequence


def test_a_head_noted_outside_betrays_whoever_wrote_the_organisations_chain_anew(world: World) -> None:
    world.release_at(Stage.BRIEF)
    noted = re.findall(r"[0-9a-f]{64}", run()[0])[0]
    world.release_at(Stage.BRIEF)
    assert run("--expect", noted.upper())[2] == ""
    tampering.guards_down()
    tampering.events(chain=ORGANISATION, sequence=1).update(actor_name="Somebody Else")
    tampering.rechain(ORGANISATION)
    assert run()[2] == ""
    _, err, last = run("--expect", noted)
    assert err == f"organisation: the expected head {noted} is no link of it any more\n"
    assert last.startswith("The trail does not hold: 1 flaw")
