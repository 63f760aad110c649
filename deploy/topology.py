"""The five services, the port each usually has, and who hears whose events."""

from collections.abc import Mapping

SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")

#: Where each is usually found; another free port is taken when somebody else holds it.
USUAL_PORTS: Mapping[str, int] = {
    "issuer": 8000,
    "referrals": 8001,
    "allocation": 8002,
    "workbook": 8003,
    "partners": 8004,
    "metrics": 8005,
    "nats": 4222,
    "postgres": 54320,
}

#: The durable consumer by which metrics reads a stream again from its start.
REBUILD = "metrics-rebuild"


def hears(service: str) -> tuple[str, ...]:
    """Return the owners whose events `service` hears: all but itself."""
    return tuple(owner for owner in SERVICES if owner != service)


def stream(owner: str) -> str:
    """Return the name of the stream that keeps what `owner` says."""
    return owner.upper()


def subjects(owner: str) -> str:
    """Return all subjects on which `owner` speaks, and nobody else."""
    return f"events.{owner}.>"


def consumers(service: str) -> tuple[tuple[str, str], ...]:
    """Return the durable consumers that `service` may use, each as (stream, consumer)."""
    names = (service, REBUILD) if service == "metrics" else (service,)
    return tuple((stream(owner), name) for name in names for owner in hears(service))
