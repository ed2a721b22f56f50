"""E-mail by whatever Django's settings name: SMTP, or a file or the console in the demo."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from tracker.alerts.channels.sending import ChannelError, Message

PERMANENT = 500  # SMTP replies from here on are final (RFC 5321, 4.2.1)


class EmailSender:
    """Keeps one connection for the messages of a run; every step on it ends after `EMAIL_TIMEOUT` seconds."""

    def __init__(self) -> None:
        self._connection: Any = None

    def send(self, message: Message) -> str:
        """Raises `ChannelError`: a mail server's word on a recipient or a text is final, anything else is not."""
        connection = self._opened()
        try:
            compose(message, connection).send()
        except Exception as error:
            self.close()
            raise judged(error) from error
        return "accepted"

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # what the server says to our goodbye changes nothing
                connection.close()

    def _opened(self) -> Any:
        if self._connection is None:
            connection = get_connection()
            try:
                connection.open()
            except Exception as error:
                raise ChannelError(f"no connection: {said(error)}", again=True, down=True) from error
            self._connection = connection
        return self._connection


def compose(message: Message, connection: Any) -> EmailMultiAlternatives:
    """The mail with both parts; the identifiers tell a repetition from a second message, and what belongs together."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{message.key}@{host}>",
        "X-Throughline-Key": message.key,
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office notes, please
        "X-Auto-Response-Suppress": "All",
    }
    if message.unsubscribe:
        # RFC 2369. It asks the signed-in person first, so it is not the one-click kind of RFC 8058.
        headers["List-Unsubscribe"] = f"<{message.unsubscribe}>"
    if message.thread:
        headers["References"] = f"<{message.thread}@{host}>"
    mail = EmailMultiAlternatives(
        message.subject, message.text, to=[message.to], headers=headers, connection=connection
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def judged(error: Exception) -> ChannelError:
    """Whether trying again can help, and whether the whole server is to blame."""
    answer = said(error)
    match error:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            return ChannelError(answer, again=any(code < PERMANENT for code in codes))
        case smtplib.SMTPSenderRefused() | smtplib.SMTPServerDisconnected():
            return ChannelError(answer, again=True, down=True)
        case smtplib.SMTPResponseException():
            return ChannelError(answer, again=error.smtp_code < PERMANENT)
        case smtplib.SMTPNotSupportedError() | ValueError():
            return ChannelError(answer, again=False)
        case OSError():
            return ChannelError(answer, again=True, down=True)
    return ChannelError(answer, again=True)


def said(error: Exception) -> str:
    """The error in one line, for the record of tries."""
    return " ".join(f"{type(error).__name__}: {error}".split())
