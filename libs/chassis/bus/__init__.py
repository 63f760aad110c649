"""The few things that we need of JetStream: publish in order, fetch a batch, set up streams and consumers."""

from libs.chassis.bus.connection import Batches, Bus, Fill, connect
from libs.chassis.bus.provisioning import (
    ACK_WAIT_SECONDS,
    LARGEST_MESSAGE,
    MOST_IN_FLIGHT,
    CannotProvision,
    Limits,
    provision,
    stream_name,
)

__all__ = [
    "ACK_WAIT_SECONDS",
    "LARGEST_MESSAGE",
    "MOST_IN_FLIGHT",
    "Batches",
    "Bus",
    "CannotProvision",
    "Fill",
    "Limits",
    "connect",
    "provision",
    "stream_name",
]
