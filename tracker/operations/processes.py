"""Child processes that cannot outlive the launcher, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
POLITE_SECONDS = 3.5  # between asking a process to stop and ending it; the whole stop takes less than 5 s
BIGGEST_LOG = 10 * 1024 * 1024  # bytes

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGTERM when `parent` is gone, even after its kill -9. Linux only; elsewhere it does nothing.

    Has to be called in the child; the parent may have died before the call, so look once more after it.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        os._exit(1)


@dataclass(frozen=True)
class Command:
    """One process to run: a short name for people, and its argument list."""

    name: str
    argv: tuple[str, ...]


@dataclass
class Child:
    """A started command. With a log file its output goes there, else where the launcher's goes."""

    command: Command
    environment: Mapping[str, str]
    log: Path | None = None
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        launcher = os.getpid()
        output = self.log.open("ab") if self.log is not None else None
        try:
            return subprocess.Popen(
                self.command.argv,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=True,  # a Ctrl-C reaches the launcher only, which then stops its children in order
                preexec_fn=lambda: die_with_parent(launcher),
            )
        finally:
            if output is not None:
                output.close()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll()

    def last_words(self, lines: int = 8) -> str:
        """The end of its log."""
        if self.log is None or not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 8192))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])


def stop(children: Sequence[Child], impatient: Callable[[], bool] = lambda: False) -> None:
    """End all of them: politely first, then by force, each with everything that it started. Takes 4 s at most."""
    for child in children:
        if child.exit_code is None:
            child.process.terminate()
    deadline = time.monotonic() + POLITE_SECONDS
    while any(child.exit_code is None for child in children):
        if time.monotonic() > deadline or impatient():
            break
        time.sleep(0.05)
    for child in children:
        end_group(child)
    for child in children:
        child.process.wait()


def end_group(child: Child) -> None:
    """Each child leads its own process group, so this also reaches what a dead child left behind."""
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def log_file(folder: Path, name: str) -> Path:
    """Where the command's output goes; a long log is set aside once, so that it cannot fill the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > BIGGEST_LOG:
        path.replace(folder / f"{name}.log.1")
    return path
