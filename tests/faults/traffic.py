"""People at work while it burns: they sign in, claim what nobody owns, and nudge those who do."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from tests.faults.plant import Plant
from tests.faults.portfolio import Person, engineers

OPEN_VACANCIES = """
SELECT v.release_id FROM governance_stageownership o JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN models_registry_release r ON r.id = v.release_id JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_membership s ON s.team_id = m.team_id JOIN models_registry_person p ON p.id = s.person_id
WHERE o.until IS NULL AND o.owner_id IS NULL AND p.email = %s ORDER BY random() LIMIT 1
"""
OWNED_BY = """
SELECT count(*) FROM governance_stageownership o JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN models_registry_person p ON p.id = o.owner_id
WHERE v.release_id = %s AND p.email = %s AND o.began = 'claimed'
"""


@dataclass
class Visitor:
    """One person with a browser, as far as it takes to post."""

    plant: Plant
    person: Person
    cookies: dict[str, str] = field(default_factory=lambda: {"csrftoken": "f" * 32})

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """The status, and where it leads. Raises `OSError` or `HTTPException` where nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.plant.port, timeout=15)
        try:
            body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": self.cookies["csrftoken"]})
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            answer.read()
            for header in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
            return answer.status, answer.getheader("Location", "") or ""
        finally:
            line.close()

    def sign_in(self) -> None:
        status, _ = self.post("/accounts/login/", login=self.person.email, password=self.person.password)
        if status != 302:
            raise http.client.HTTPException(f"the sign-in answered {status}")


class Traffic:
    """Two people who claim one vacancy after another until `stop`. What the site called done has to be there."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.taken: list[tuple[int, str]] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._claim, args=(person,)) for person in engineers()[:2]]
        for thread in self.threads:
            thread.start()

    def _claim(self, person: Person) -> None:
        visitor, signed_in = Visitor(self.plant, person), False
        while not self.over.wait(0.1):
            try:
                if not signed_in:
                    visitor.sign_in()
                    signed_in = True
                for (release,) in self.plant.tables.rows(OPEN_VACANCIES, [person.email]):
                    status, _ = visitor.post(f"/releases/{release}/claim/")
                    if status == 303:
                        self.taken.append((release, person.email))
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)

    def stop(self) -> list[str]:
        """Ends it; what was said to be done and is not."""
        self.over.set()
        for thread in self.threads:
            thread.join()
        lost = [row for row in self.taken if not self.plant.tables.one(OWNED_BY, row)]
        return [f"claim of release {release} by {person}" for release, person in lost]
