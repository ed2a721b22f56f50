"""The addresses of the acts on where a release stands."""

from django.urls import URLPattern, path

from tracker.web.releases import moves

urlpatterns: list[URLPattern] = [
    path("<int:release>/advance/", moves.advance, name="release_advance"),
    path("<int:release>/send-back/", moves.send_back, name="release_send_back"),
    path("<int:release>/park/", moves.park, name="release_park"),
    path("<int:release>/kill/", moves.kill, name="release_kill"),
    path("<int:release>/reopen/", moves.reopen, name="release_reopen"),
    path("<int:release>/retire/", moves.retire, name="release_retire"),
    path("<int:release>/break-glass/", moves.break_glass, name="release_break_glass"),
]
