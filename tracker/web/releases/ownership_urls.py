"""The addresses of the acts on who answers, and what pauses the clock."""

from django.urls import path

from tracker.web.releases import ownership, ownership_holds, ownership_offers

urlpatterns = [
    path("<int:release>/assign/", ownership.assign, name="release_assign"),
    path("<int:release>/claim/", ownership.claim, name="release_claim"),
    path("<int:release>/step-down/", ownership.step_down, name="release_step_down"),
    path("<int:release>/offer/", ownership_offers.offer, name="release_offer"),
    path("<int:release>/hold/", ownership_holds.hold, name="release_hold"),
    path("<int:release>/resume/", ownership_holds.resume, name="release_resume"),
    path("<int:release>/nudge/", ownership_holds.nudge, name="release_nudge"),
    path("offers/<int:offer>/accept/", ownership_offers.accept, name="offer_accept"),
    path("offers/<int:offer>/decline/", ownership_offers.decline, name="offer_decline"),
    path("offers/<int:offer>/withdraw/", ownership_offers.withdraw, name="offer_withdraw"),
]
