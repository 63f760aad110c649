"""A service's connection to JetStream: publish in order, fetch a batch."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import APIError, NotFoundError

from libs.chassis import telemetry

#: How long JetStream may take to acknowledge one event.
_ACK_SECONDS = 2.0
_FETCH_SECONDS = 2.0


async def _quiet(_: Exception) -> None:
    """Say nothing: every call reports its own failure, and the client reconnects by itself."""


async def connect(url: str, *, seed: str, name: str) -> Client:
    """Connect as `name`; short pings, so that a frozen server is noticed in seconds instead of minutes."""
    return await nats.connect(
        url,
        nkeys_seed_str=seed,
        name=name,
        inbox_prefix=f"_INBOX_{name}".encode(),
        ping_interval=2,
        max_outstanding_pings=2,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        connect_timeout=2,
        error_cb=_quiet,
    )


class Fill(NamedTuple):
    """How much a stream holds, and how much it may: None is no limit."""

    held: int
    most: int | None


class Bus:
    """One service's connection to JetStream."""

    def __init__(self, url: str, *, seed: str, service: str) -> None:
        self._url = url
        self._seed = seed
        self._service = service
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def client(self) -> Client:
        """Return the connection, made at the first call that succeeds."""
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client = await connect(self._url, seed=self._seed, name=self._service)
            return self._client

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._client is not None and self._client.is_connected

    async def publish_in_order(self, events: Sequence[tuple[str, str, bytes]]) -> int:
        """Publish (subject, id, body) with acknowledgements in flight; return how many of the first arrived."""
        stream = (await self.client()).jetstream()
        sending = [
            asyncio.create_task(stream.publish(subject, body, timeout=_ACK_SECONDS, headers={"Nats-Msg-Id": id_}))
            for subject, id_, body in events
        ]
        results = await asyncio.gather(*sending, return_exceptions=True)
        for arrived, result in enumerate(results):
            if isinstance(result, BaseException):
                # 10077: the stream is full; JetStream's other codes are as telling.
                code = result.err_code if isinstance(result, APIError) else None
                telemetry.log.warning("publish_failed", kind=type(result).__name__, code=code)
                return arrived
        return len(results)

    async def fill(self, stream: str) -> Fill:
        """Return how full a stream is, of its own a service may know; what is said waits for one that is not there."""
        try:
            info = await (await self.client()).jetstream().stream_info(stream)
        except NotFoundError:
            return Fill(held=0, most=None)
        most = info.config.max_bytes
        return Fill(held=info.state.bytes, most=most if most is not None and most > 0 else None)

    async def batches(self, *, stream: str, consumer: str, size: int) -> "Batches":
        """Begin to fetch from a consumer that the provisioning job has set up."""
        jetstream = (await self.client()).jetstream()
        return Batches(await jetstream.pull_subscribe_bind(consumer=consumer, stream=stream), size)

    async def close(self) -> None:
        """Close without draining: a drain waits for fetches that are open."""
        if self._client is not None:
            await self._client.close()


class Batches:
    """Batches of one durable consumer."""

    def __init__(self, subscription: Any, size: int) -> None:
        self._subscription = subscription
        self._size = size

    async def next(self) -> list[Msg]:
        """Return up to a batch of messages; an empty list when there is nothing for a while."""
        try:
            # A fetch in flight when the server dies waits out its whole timeout: so it is short.
            return list(await self._subscription.fetch(self._size, timeout=_FETCH_SECONDS))
        except (NatsTimeout, TimeoutError):
            return []

    async def close(self) -> None:
        """Stop fetching."""
        with contextlib.suppress(NatsError):
            await self._subscription.unsubscribe()
