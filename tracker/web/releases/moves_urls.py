"""The addresses of the acts on where a release stands."""

from django.urls import URLPattern, path

from tracker.web.releases import moves

urlpatterns: list[URLPattern] = [
    path("<row:release>/advance/", moves.advance, name="release_advance"),
    path("<row:release>/send-back/", moves.send_back, name="release_send_back"),
    path("<row:release>/park/", moves.park, name="release_park"),
    path("<row:release>/kill/", moves.kill, name="release_kill"),
    path("<row:release>/reopen/", moves.reopen, name="release_reopen"),
    path("<row:release>/retire/", moves.retire, name="release_retire"),
    path("<row:release>/break-glass/", moves.break_glass, name="release_break_glass"),
]
