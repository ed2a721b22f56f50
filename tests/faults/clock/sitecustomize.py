"""A wall clock that a test can move, for the processes of a run of faults; production never has this on its path.

The file named by `FAULTS_CLOCK` holds by how many seconds the clock is wrong. Monotonic time is left alone, as a
correction of a machine's clock leaves it alone.
"""

import os
import sys
import threading
import time

sys.modules["pytest"] = None  # type: ignore[assignment]  # time_machine would load it, in every process
import time_machine  # noqa: E402

del sys.modules["pytest"]

_PAUSE = 0.02  # seconds


def _real() -> float:
    return float(time_machine.escape_hatch.time.time())


class _Wrong:
    """The clock of this process, and of what it forks."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_RDONLY)
        self.said = b""
        self.moved = time_machine.travel(time.time(), tick=True).start()
        self.look()
        os.register_at_fork(after_in_child=self.follow)
        self.follow()

    def follow(self) -> None:
        threading.Thread(target=self._follow, name="faults-clock", daemon=True).start()

    def _follow(self) -> None:
        while True:
            self.look()
            time.sleep(_PAUSE)

    def look(self) -> None:
        said = os.pread(self.file, 40, 0)
        if said != self.said and said.endswith(b"\n"):
            self.said = said
            self.moved.move_to(_real() + float(said))


if "FAULTS_CLOCK" in os.environ:
    _clock = _Wrong(os.environ["FAULTS_CLOCK"])
if "FAULTS_PLANT" in os.environ:
    import tests.faults.planting

    tests.faults.planting.plant(os.environ["FAULTS_PLANT"])
