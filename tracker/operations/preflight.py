"""What must hold before anything long is started: a free port, and folders that can be written.

Standard library only, so that it also runs before the environment is installed:
``python3 tracker/operations/preflight.py --port 8000 FOLDER...`` prints one sentence and exits with 2 on a refusal.
"""

import argparse
import errno
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

REFUSED = 2


class Refusal(Exception):
    """A reason not to start, as one sentence with what to do."""


def check_port(text: str, command: str = "make demo") -> int:
    """The port number, free on the loopback address right now. Raises Refusal."""
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= port <= 65535:
        raise Refusal(f"PORT is {text!r}: it must be a number from 1 to 65535.")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1)
        except OSError as problem:
            raise Refusal(_why_not(port, problem.errno, command)) from problem
    return port


def _why_not(port: int, code: int | None, command: str) -> str:
    another = f"'{command} PORT={port + 1 if 1023 < port < 65535 else 8000}'"
    if code == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: stop it, or choose another port with {another}."
    if code in {errno.EACCES, errno.EPERM}:
        return f"Port {port} may only be opened by root: choose one above 1023 with {another}."
    return f"Port {port} cannot be opened: choose another with {another}."


def check_writable(folder: Path) -> None:
    """Make the folder if need be and write in it, which is the only honest test. Raises Refusal."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        what = f"The folder {folder.absolute()} cannot be written ({reason})"
        raise Refusal(f"{what}: make it writable, or work on a copy of the project.") from problem


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check the port and the folders before starting.")
    parser.add_argument("--port")
    parser.add_argument("--command", default="make demo")
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args(arguments)
    try:
        for folder in given.folders:
            check_writable(folder)
        if given.port is not None:
            check_port(given.port, given.command)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
