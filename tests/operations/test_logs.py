"""Log lines are JSON, and what is secret stays out of them."""

import json
import subprocess

from tests.operations.machine import PYTHON, ROOT, clean_environment
from tracker.logs import hide_secrets

SAY = """
import logging, logging.config, structlog
from tracker import logs
logging.config.dictConfig(logs.configure("INFO"))
structlog.get_logger("ours").info("moved", release="churn-7", api_token="s3cret", headers={"Cookie": "s3cret"})
logging.getLogger("theirs").warning("plain %s", "words")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("theirs").exception("broke")
"""


def test_both_kinds_of_log_call_end_in_one_json_line_each() -> None:
    done = subprocess.run(
        [PYTHON, "-c", SAY], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )
    moved, plain, broke = (json.loads(line) for line in done.stdout.splitlines())
    assert (moved["event"], moved["release"], moved["level"]) == ("moved", "churn-7", "info")
    assert (plain["event"], plain["logger"]) == ("plain words", "theirs")
    assert "ZeroDivisionError" in broke["exception"]
    assert "s3cret" not in done.stdout


def test_secrets_are_hidden_at_any_depth() -> None:
    event = {"user": 7, "form": {"login": "ada", "Password1": "x", "deep": {"csrfmiddlewaretoken": "y"}}}
    assert hide_secrets(None, "info", event) == {
        "user": 7,
        "form": {"login": "ada", "Password1": "hidden", "deep": {"csrfmiddlewaretoken": "hidden"}},
    }


def test_the_one_time_key_of_a_reset_mail_is_not_logged_with_its_address() -> None:
    event = {
        "request": "GET /accounts/password/reset/key/3-cx2k9f-0123456789abcdef/?next=/",
        "event": "request_started",
    }
    assert hide_secrets(None, "info", event) == {
        "request": "GET /accounts/password/reset/key/hidden/?next=/",
        "event": "request_started",
    }
