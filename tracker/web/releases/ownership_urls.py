"""The addresses of the acts on who answers, and what pauses the clock."""

from django.urls import path

from tracker.web.releases import (
    ownership,
    ownership_answers,
    ownership_early,
    ownership_extensions,
    ownership_holds,
    ownership_offers,
)

urlpatterns = [
    path("<row:release>/assign/", ownership.assign, name="release_assign"),
    path("<row:release>/claim/", ownership.claim, name="release_claim"),
    path("<row:release>/claim-early/", ownership_early.claim_early, name="release_claim_early"),
    path("<row:release>/assign-early/", ownership_early.assign_early, name="release_assign_early"),
    path("<row:release>/give-back/", ownership_early.release_early, name="release_give_back"),
    path("<row:release>/step-down/", ownership.step_down, name="release_step_down"),
    path("<row:release>/offer/", ownership_offers.offer, name="release_offer"),
    path("<row:release>/hold/", ownership_holds.hold, name="release_hold"),
    path("<row:release>/hold/move/", ownership_holds.move_hold, name="release_hold_move"),
    path("<row:release>/extension/", ownership_extensions.ask, name="release_extension"),
    path("<row:release>/extension/decide/", ownership_extensions.decide, name="release_extension_decide"),
    path("<row:release>/extension/withdraw/", ownership_extensions.withdraw, name="release_extension_withdraw"),
    path("<row:release>/resume/", ownership_holds.resume, name="release_resume"),
    path("<row:release>/nudge/", ownership_holds.nudge, name="release_nudge"),
    path("<row:release>/acknowledge/", ownership_answers.acknowledge, name="release_acknowledge"),
    path("<row:release>/snooze/", ownership_answers.snooze, name="release_snooze"),
    path("offers/<row:offer>/accept/", ownership_offers.accept, name="offer_accept"),
    path("offers/<row:offer>/tick/", ownership_offers.tick, name="offer_tick"),
    path("offers/<row:offer>/decline/", ownership_offers.decline, name="offer_decline"),
    path("offers/<row:offer>/withdraw/", ownership_offers.withdraw, name="offer_withdraw"),
]
