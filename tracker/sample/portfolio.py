"""Loads the sample: all stories told together, in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from governance.acts.policies import install_policy
from governance.policy import DEFAULT_RULES
from governance.trail import seal
from models_registry.models import RegisteredModel
from tracker.sample.cast import engage
from tracker.sample.catalogue import plans
from tracker.sample.groups import found_groups, go_away
from tracker.sample.policies import ask_for_controls, write_policies
from tracker.sample.stories import Story

SEED = 20_260_616
HISTORY = timedelta(days=560)


def load(now: datetime, say: Callable[[str], None] = lambda line: None) -> int:
    """Make the sample portfolio as it would stand at `now`. Returns the number of releases told."""
    random = Random(SEED)  # noqa: S311  # a repeatable sample, nothing secret
    install_policy(
        DEFAULT_RULES, "Budgets of 5, 10, 8 and 5 business days; two approvals for high risk.", at=now - HISTORY
    )
    cast = engage(now - HISTORY)
    found_groups(cast, now - HISTORY)
    stories = [Story(plan, cast, now, Random(f"{SEED}{plan.name}")) for plan in plans(random)]  # noqa: S311
    tellings = [ask_for_controls(cast, now), *(story.tell() for story in stories)]
    waiting = [(next(telling), number, telling) for number, telling in enumerate(tellings)]
    heapq.heapify(waiting)
    acts = 0
    while waiting:
        moment, number, telling = heapq.heappop(waiting)
        following = next(telling, None)
        acts += 1
        if acts % 250 == 0:
            say(f"{acts} acts, until {moment:%d %B %Y}")
        if following is not None:
            heapq.heappush(waiting, (max(following, moment), number, telling))
    go_away(cast, now)
    write_policies(cast, now)
    seal(now)
    say(f"{acts} acts on {RegisteredModel.objects.count()} models")
    return len(stories)
