"""Streams and consumers as they should be: made, brought up to date, and read back; run by a job, never by a service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ReplayPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from libs.chassis.bus.connection import connect

#: How long a handler may take with a batch before JetStream hands it to somebody else.
ACK_WAIT_SECONDS = 10.0
MOST_IN_FLIGHT = 512
#: The largest event with its headers; what is larger is refused where it is said, or the relay would wait for ever.
LARGEST_MESSAGE = 256 * 1024
_DEDUPLICATION_SECONDS = 600.0
_DAY = 86_400.0
_PAUSES = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a stream keeps: what is older, or no longer there, is said again out of its owner's database."""

    most_bytes: int = 2 * 1024**3
    most_days: int = 14
    replicas: int = 1


class CannotProvision(Exception):
    """A stream or consumer is not what it should be, and JetStream cannot make it so."""


def stream_name(owner: str) -> str:
    """Return the name of the stream that holds what `owner` says."""
    return owner.upper()


async def provision(
    url: str,
    *,
    seed: str,
    hears: Mapping[str, Sequence[str]],
    limits: Limits = Limits(),
    extra: Mapping[str, Sequence[str]] = {},
) -> None:
    """Set up a stream per owner and a durable consumer per hearer, or bring those that are there up to date.

    `hears` maps each service to the owners that it hears; `extra` names further consumers the same way.
    """
    client = await connect(url, seed=seed, name="provision")
    try:
        jetstream = client.jetstream()
        for owner in sorted(hears):
            await _ensure_stream(jetstream, _stream(owner, limits))
        for consumers in (hears, extra):
            for name, owners in consumers.items():
                for owner in owners:
                    await _ensure_consumer(jetstream, stream_name(owner), _consumer(name))
    finally:
        await client.close()


def _stream(owner: str, limits: Limits) -> dict[str, Any]:
    return {
        "name": stream_name(owner),
        "subjects": [f"events.{owner}.>"],
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        # A full stream makes the relay wait; nothing that was said is thrown away.
        "discard": DiscardPolicy.NEW,
        "max_bytes": limits.most_bytes,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "max_msg_size": LARGEST_MESSAGE,
        "max_age": limits.most_days * _DAY,
        "duplicate_window": _DEDUPLICATION_SECONDS,
        "num_replicas": limits.replicas,
        "deny_delete": True,
        "deny_purge": True,
    }


def _consumer(name: str) -> dict[str, Any]:
    return {
        "durable_name": name,
        "deliver_policy": DeliverPolicy.ALL,
        "ack_policy": AckPolicy.EXPLICIT,
        # Order is by aggregate: who does not hear all of its events waits for the rest for ever.
        "filter_subject": None,
        "filter_subjects": None,
        "replay_policy": ReplayPolicy.INSTANT,
        "ack_wait": ACK_WAIT_SECONDS,
        "max_ack_pending": MOST_IN_FLIGHT,
        "max_deliver": -1,
    }


#: What JetStream decides once, when a stream or a consumer is made.
_FOR_GOOD = frozenset({"retention", "storage", "deliver_policy", "ack_policy", "replay_policy"})


async def _ensure_stream(jetstream: Any, wanted: Mapping[str, Any]) -> None:
    name = wanted["name"]
    found = await _found(name, lambda: jetstream.stream_info(name))
    if found is None:
        await _patiently(name, lambda: jetstream.add_stream(StreamConfig(**wanted)))
    elif _need_changes(name, found, wanted):
        # What we do not ask for, such as where it is placed, stays as somebody else set it.
        await _patiently(name, lambda: jetstream.update_stream(found.evolve(**wanted)))
    else:
        return
    _need_as_asked(name, await _found(name, lambda: jetstream.stream_info(name)), wanted)


async def _ensure_consumer(jetstream: Any, stream: str, wanted: Mapping[str, Any]) -> None:
    durable = wanted["durable_name"]
    name = f"{stream}/{durable}"
    found = await _found(name, lambda: jetstream.consumer_info(stream, durable))
    if found is None:
        await _patiently(name, lambda: jetstream.add_consumer(stream, ConsumerConfig(**wanted)))
    elif _need_changes(name, found, wanted):
        await _patiently(name, lambda: jetstream.add_consumer(stream, found.evolve(**wanted)))
    else:
        return
    _need_as_asked(name, await _found(name, lambda: jetstream.consumer_info(stream, durable)), wanted)


def _need_changes(name: str, found: Any, wanted: Mapping[str, Any]) -> bool:
    """Say whether the configuration differs; raise `CannotProvision` where it differs for good."""
    differing = _differences(found, wanted)
    if fixed := sorted(_FOR_GOOD & differing.keys()):
        told = "; ".join(differing[key] for key in fixed)
        raise CannotProvision(f"{name}: {told}. JetStream decides this once: remove it, make it anew and replay.")
    return bool(differing)


def _need_as_asked(name: str, found: Any | None, wanted: Mapping[str, Any]) -> None:
    if found is None:
        raise CannotProvision(f"{name}: it was made and is not there.")
    if differing := _differences(found, wanted):
        raise CannotProvision(f"{name}: after the change still {'; '.join(differing.values())}.")


def _differences(found: Any, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Return a sentence for each setting that is not as wanted."""
    return {
        key: f"{key} is {_plain(getattr(found, key))}, not {_plain(value)}"
        for key, value in wanted.items()
        if getattr(found, key) != value
    }


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


async def _found(name: str, ask: Callable[[], Awaitable[Any]]) -> Any | None:
    """Return the configuration that is there, if any."""
    try:
        return (await _patiently(name, ask)).config
    except NotFoundError:
        return None


async def _patiently(name: str, ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask JetStream; again, a few times, while it does not answer: a cluster that has just started has no leader yet."""
    for pause in (*_PAUSES, None):
        try:
            return await ask()
        except NotFoundError:
            raise
        except (NatsTimeout, NoRespondersError, ServiceUnavailableError) as error:
            if pause is None:
                raise CannotProvision(f"{name}: JetStream does not answer.") from error
            await asyncio.sleep(pause)
        except APIError as error:
            raise CannotProvision(f"{name}: {error.description}.") from error
    return None
