"""What refuses to start says so in one sentence and with exit code 2."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.operations.machine import PYTHON, ROOT, free_port
from tracker.operations.preflight import Refusal, check_port, check_writable

NOBODY = 65534


def test_a_free_port_is_accepted() -> None:
    port = free_port()
    assert check_port(str(port)) == port


def test_a_taken_port_names_the_port_and_the_way_out() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Refusal) as refusal:
            check_port(str(port))
    assert str(refusal.value) == (
        f"Port {port} is taken by another program: stop it, or choose another port with 'make demo PORT={port + 1}'."
    )


@pytest.mark.parametrize("text", ["", "web", "0", "65536", "-1", "80.5", "٨٠٨٠"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="it must be a number from 1 to 65535"):
        check_port(text)


def test_a_folder_is_made_when_missing(tmp_path: Path) -> None:
    check_writable(tmp_path / "var" / "deep")
    assert list((tmp_path / "var" / "deep").iterdir()) == []


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(Refusal, match="cannot be written"):
        check_writable(tmp_path / "var")


def run_script(*arguments: str, user: int | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    script = Path("/tmp") / f"preflight-{os.getpid()}.py"
    shutil.copy(ROOT / "tracker" / "operations" / "preflight.py", script)
    script.chmod(0o644)
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") if user is not None else PYTHON
    if python is None:
        pytest.skip("no Python outside the environment that another user may run")
    try:
        return subprocess.run(
            [python, str(script), *arguments], user=user, cwd=cwd, capture_output=True, text=True, check=False
        )
    finally:
        script.unlink()


def test_a_read_only_folder_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o011)  # root's temporary folders are closed to others
    user = NOBODY if os.geteuid() == 0 else None
    done = run_script(str(locked / "var"), user=user, cwd=Path("/"))
    assert done.returncode == 2
    assert done.stderr == (
        f"The folder {locked / 'var'} cannot be written (permission denied):"
        " make it writable, or work on a copy of the project.\n"
    )
    assert done.stdout == ""


def test_the_script_accepts_what_is_fine(tmp_path: Path) -> None:
    done = run_script("--port", str(free_port()), str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
