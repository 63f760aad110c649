"""Connections that cannot be held open: deadlines for a request's head and body, bounds for its head and their number."""

import asyncio
import json
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from libs.kernel.ids import new_id


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for ever and takes a head of any length."""

    #: How long a head may take as a whole, and how much of a body has to come in each while, in seconds and bytes.
    head_seconds: ClassVar[float] = 5.0
    body_seconds: ClassVar[float] = 10.0
    least_of_body: ClassVar[int] = 10 * 1024
    largest_head: ClassVar[int] = 16 * 1024
    most_connections: ClassVar[int] = 800

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_length = 0
        self._body_came = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request, unless there are too many who do."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self._refuse(503, "overloaded", "Too much at once; try again.")
        else:
            self._wait(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._done()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, but no longer head than is allowed."""
        room = max(0, self.largest_head - self._head_length)
        if self._in_head and len(data) > room:
            # What comes after the head is body: only the parser knows where that begins.
            super().data_received(data[:room])
            if self._in_head:
                self._refuse(431, "head-too-large", "The headers are longer than this address takes.")
            if self.transport.is_closing():
                return
            data = data[room:]
        self._head_length += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Wait for the head."""
        super().on_message_begin()
        self._wait(self.head_seconds)

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._in_head = False
        self._body_came = 0
        self._wait(self.body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what came; the deadline stays, or a drop now and then would hold the connection."""
        self._body_came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait no longer: now the caller waits for us."""
        self._done()
        self._in_head = True
        self._head_length = 0
        super().on_message_complete()

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self, seconds: float) -> None:
        self._done()
        self._deadline = self.loop.call_later(seconds, self._too_slow, seconds)

    def _done(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self, seconds: float) -> None:
        came, self._body_came = self._body_came, 0
        we_are_slow = self.flow.read_paused or (self._in_head and self._answering)
        if we_are_slow or (not self._in_head and came >= self.least_of_body):
            self._wait(seconds)
        elif self.cycle is None and not self._head_length:  # a connection made ahead of its use
            self.transport.close()
        else:
            self._refuse(408, "request-timeout", "The request did not come to its end in time.")

    def _refuse(self, status: int, slug: str, title: str) -> None:
        self._done()
        # It is no answer to an earlier request, and no second one to this.
        if not self._answering if self._in_head else not self.cycle.response_started:
            self.transport.write(_problem(status, slug, title))
        self.transport.close()


def _problem(status: int, slug: str, title: str) -> bytes:
    body = json.dumps(
        {"type": f"urn:fsp:problem:{slug}", "title": title, "status": status, "instance": f"urn:uuid:{new_id()}"}
    ).encode()
    headers = (
        b"content-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\nretry-after: 1\r\n\r\n"
    )
    return STATUS_LINE[status] + headers % len(body) + body
