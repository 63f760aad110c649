"""Questions to another service, with the caller's own token and under its own permission."""

from collections.abc import Mapping
from typing import Any

import httpx

from libs.chassis import telemetry
from libs.chassis.database import Transaction
from libs.kernel.errors import DomainError, NotFound, NotPermitted


class Unavailable(DomainError):
    """Another service that is needed for the answer does not answer."""

    slug = "dependency-unavailable"


class Peers:
    """The other services' addresses, and one pool of connections to them."""

    def __init__(self, addresses: Mapping[str, str], *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._addresses = addresses
        self._client = httpx.AsyncClient(timeout=2.0, transport=transport)

    async def get(self, tx: Transaction, service: str, path: str) -> Any:
        """Return the JSON that `service` answers at `path`; raise `NotFound`, `NotPermitted` or `Unavailable`."""
        try:
            answer = await self._client.get(
                f"{self._addresses[service]}{path}",
                headers={
                    "authorization": f"Bearer {tx.by.token}",
                    "x-correlation-id": str(telemetry.correlation_id()),
                },
            )
        except (httpx.HTTPError, KeyError):
            raise Unavailable(f"{service} does not answer.") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotFound
        if answer.status_code in {httpx.codes.FORBIDDEN, httpx.codes.UNAUTHORIZED}:
            raise NotPermitted
        if not answer.is_success:
            raise Unavailable(f"{service} does not answer.")
        return answer.json()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
