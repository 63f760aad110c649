"""How often one caller may ask the same, what an answer may be written in, and how long an address may be."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send

from libs.chassis import problems
from libs.chassis.clock import Clock

#: The longest path with its query, in bytes.
LONGEST_ADDRESS = 8 * 1024
#: Of how many callers is remembered when they asked; of those who asked longest ago it is forgotten.
_CALLERS_KEPT = 4096
_ACCEPTED = frozenset({"*/*", "application/*", "application/json"})


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one caller may ask within how many seconds; as a dependency, so that it stands beside the route."""

    times: int
    seconds: int

    async def __call__(self) -> None:
        """Nothing to resolve: the edge has counted before the body was read."""


class Asked:
    """When each caller asked what is limited; each process counts for itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moments: OrderedDict[tuple[str, UUID], deque[datetime]] = OrderedDict()

    def wait_for(self, what: str, *, by: UUID, rate: Rate) -> int:
        """Count a question and return 0; or return for how many seconds the caller has to wait with it."""
        now = self._clock()
        moments = self._moments.setdefault((what, by), deque())
        self._moments.move_to_end((what, by))
        if len(self._moments) > _CALLERS_KEPT:
            self._moments.popitem(last=False)
        while moments and moments[0] <= now - timedelta(seconds=rate.seconds):
            moments.popleft()
        if len(moments) >= rate.times:
            return rate.seconds - int((now - moments[0]).total_seconds())
        moments.append(now)
        return 0


def accepts_json(accept: str) -> bool:
    """Return whether a caller who sent this Accept header takes JSON."""
    wanted = (part.partition(";") for part in accept.lower().split(","))
    return any(kind.strip() in _ACCEPTED and not _refused(more) for kind, _, more in wanted)


def _refused(parameters: str) -> bool:
    name, _, weight = parameters.replace(" ", "").partition("=")
    return name == "q" and weight.strip("0.") == ""


class ShortAddress:
    """Pure ASGI: no address longer than any that a list could need."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            refusal = problems.answer(414, "address-too-long", title="The address is longer than any here.")
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
