"""`Idempotency-Key`: done once, however often it is sent; a refusal is not remembered."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from models_registry.models import RegisteredModel
from tests.tracker.api.speaking import Program
from tests.world import World
from tracker.remembered import KEPT_FOR, RememberedAnswer, forget_old

BODY = {"team": "payments-risk", "name": "sent-twice"}


def test_the_same_request_again_gives_the_first_answer_and_does_nothing_more(world: World) -> None:
    program = Program(world.engineer)
    first = program.post("/models/", BODY, Idempotency_Key="k1")
    again = program.post("/models/", BODY, Idempotency_Key="k1")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (again["Idempotency-Replayed"], again["Location"], again["ETag"]) == (
        "true",
        first["Location"],
        first["ETag"],
    )
    assert RegisteredModel.objects.count() == 1
    other = program.post("/models/", {**BODY, "name": "another"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert Program(world.lead).post("/models/", {**BODY, "name": "hers"}, Idempotency_Key="k1").status_code == 201


def test_a_refusal_may_be_tried_again_with_its_key(world: World) -> None:
    program = Program(world.engineer)
    assert program.post("/models/", {**BODY, "name": " "}, Idempotency_Key="k1").status_code == 422
    assert RememberedAnswer.objects.count() == 0
    assert program.post("/models/", BODY, Idempotency_Key="k1").status_code == 201
    assert program.post("/models/", BODY, Idempotency_Key="x" * 201).status_code == 422


def test_after_a_day_a_key_is_new(world: World) -> None:
    program = Program(world.engineer)
    program.post("/models/", BODY, Idempotency_Key="k1")
    RememberedAnswer.objects.update(at=timezone.now() - KEPT_FOR - timedelta(seconds=1))
    assert program.post("/models/", {**BODY, "name": "later"}, Idempotency_Key="k1").status_code == 201
    assert forget_old(timezone.now() + KEPT_FOR + timedelta(seconds=1)) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_one_key_are_done_once() -> None:
    world = World()
    program = Program(world.engineer)

    def send(_: int) -> tuple[int, bool]:
        try:
            answer = program.post("/models/", BODY, Idempotency_Key="k1")
            return answer.status_code, "Idempotency-Replayed" in answer
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(send, range(8)))
    assert answers == {(201, False): 1, (201, True): 7}
    assert RegisteredModel.objects.count() == 1
