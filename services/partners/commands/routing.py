"""Putting a team's need to the agency that can meet it, and to the next when one has no room."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts import partners as events
from libs.kernel.deadline import local_day
from libs.kernel.ids import derived_id
from services.partners import tables
from services.partners.commands import saying
from services.partners.domain import needs, offers
from services.partners.domain.clocks import Terms
from services.partners.domain.needs import Need, NeedState
from services.partners.domain.offers import Exclusion, Route
from services.partners.repository import candidates, directory, requests

_AT_ONCE = 20


async def choose(tx: Transaction, need: Need, *, terms: Terms, at: datetime) -> Route:
    """Return the agency to ask for the need at that moment, and why not the others."""
    on = local_day(at)
    field = await candidates.field(
        tx,
        specialism=need.specialism,
        team_id=need.team_id,
        on=on,
        fresh_for=terms.capacity_fresh_for,
        need_id=need.id,
    )
    return offers.route(field.candidates, specialism=need.specialism, areas=field.areas, on=on, asked=field.asked)


async def put(tx: Transaction, need: Need, route: Route, *, terms: Terms, at: datetime) -> Need:
    """Return the need as routed to the chosen agency, where a request opens; or as unrouted, and say so."""
    if route.chosen is None or route.chosen.agreement is None:
        unrouted = needs.bring_back(need, at=at)
        asked = {one.offer.agency_id for one, rule in route.excluded if rule is Exclusion.ALREADY_ASKED}
        emit(
            tx,
            events.NeedUnrouted(
                practitioner_request_id=need.id,
                family_id=need.family_id,
                specialism=need.specialism.value,
                team_id=need.team_id,
                asked=len(asked),
            ),
            occurred_at=at,
        )
        return unrouted
    agreement = route.chosen.agreement
    routed, request = needs.put_to_agency(
        need,
        request_id=derived_id("partners", "request", need.id, agreement.agency_id, route.chosen.times_asked),
        agreement=agreement,
        room=route.chosen.room.answer,
        at=at,
        terms=terms,
    )
    await requests.add_request(tx, request)
    saying.request(tx, events.RequestOpened, request, at=at)
    return routed


async def look_again(tx: Transaction, *where: Any) -> None:
    """Have unrouted needs looked at again, because something that stood in their way may have changed."""
    await tx.do(
        update(tables.need)
        .where(tables.need.c.state == NeedState.UNROUTED, ~tables.need.c.look_again, *where)
        .values(look_again=True)
    )


async def route_waiting(tx: Transaction) -> int:
    """Try again to route needs that are to be looked at again; return how many were looked at."""
    kept = tables.need.c
    rows = await tx.rows(
        select(tables.need)
        .where(kept.look_again)
        .order_by(kept.requested_at, kept.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    terms, _ = await directory.terms(tx)
    for row in rows:
        need = requests.need_of(row)
        if need.state is not NeedState.UNROUTED:
            await requests.keep_need(tx, need)
            continue
        route = await choose(tx, need, terms=terms, at=tx.now)
        tried = need if route.chosen is None else await put(tx, need, route, terms=terms, at=tx.now)
        await requests.keep_need(tx, tried)
    return len(rows)
