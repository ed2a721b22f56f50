"""The processes of the posts: ``python -m bench.posters sink``, ``bare PORT COUNT AT`` or ``deliver AT``.

The sink prints its port, and for each line that it reads how many posts it took; the others print their seconds.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
import time
import uuid
from typing import Final

import django

BODY: Final = json.dumps({"type": "alert", "data": {"text": "x" * 900}}).encode()
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def _sink() -> None:
    taken = 0

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
                taken += 1
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while await lines.readline():
        print(taken, flush=True)


def _bare(port: int, count: int) -> None:
    from tracker.alerts.channels.signing import new_key, signature

    secret, line = new_key().secret, http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(count):
        key, at = str(uuid.uuid4()), int(time.time())
        signed = signature([secret], key, at, BODY)
        headers = {"webhook-id": key, "webhook-timestamp": str(at), "webhook-signature": signed}
        line.request("POST", "/hook", BODY, headers | {"Content-Type": "application/json"})
        line.getresponse().read()


def _deliver() -> None:
    """Run after run, as a worker does it, until nothing waits."""
    from django.utils import timezone

    from tracker.alerts.delivering import deliver
    from tracker.alerts.models import Channel, Delivery, DeliveryState

    while Delivery.objects.filter(channel=Channel.WEBHOOK, state=DeliveryState.WAITING).exists():
        if not deliver(timezone.now()):
            time.sleep(0.2)


def main() -> None:
    match sys.argv[1:]:
        case ["sink"]:
            asyncio.run(_sink())
            return
        case ["bare", port, count, at]:
            django.setup()
            time.sleep(max(0.0, float(at) - time.time()))
            begun = time.perf_counter()
            _bare(int(port), int(count))
        case ["deliver", at]:
            django.setup()
            time.sleep(max(0.0, float(at) - time.time()))
            begun = time.perf_counter()
            _deliver()
        case _:
            sys.exit(f"Not an order: {sys.argv[1:]}")
    print(json.dumps(time.perf_counter() - begun))


if __name__ == "__main__":
    main()
