"""Every event of the other four services is heard, and kept as a fact."""

from libs.chassis.database import Transaction
from libs.chassis.inbox import Heard, Subscriptions
from libs.contracts import allocation, partners, referrals, workbook
from libs.contracts.envelope import Event
from services.metrics.commands import keeping
from services.metrics.domain.facts import KEPT, Fact, keep, kind_of


async def on_event(tx: Transaction, heard: Heard[Event]) -> None:
    """Something happened; what is kept of it stands in a table of the domain."""
    event = heard.event
    kind = kind_of(event.type_name)
    fact = Fact(
        id=heard.id,
        kind=kind,
        about=event.aggregate_id,
        epoch=heard.epoch,
        revision=heard.revision,
        occurred_at=heard.occurred_at,
        known_at=heard.recorded_at,
        kept=keep(kind=kind, data=event.model_dump(mode="json", exclude_none=True)),
    )
    await keeping.tell(tx, fact)


SUBSCRIPTIONS: Subscriptions = {
    kind: on_event
    for owner in (referrals, allocation, workbook, partners)
    for kind in vars(owner).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event and kind_of(kind.type_name) in KEPT
}
