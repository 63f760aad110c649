"""What requests for adult practitioners add up to: waits, answers and waiting lists, by agency and team."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.kernel.deadline import local_day
from services.metrics.domain.facts import MISTAKES, Fact
from services.metrics.domain.families import Teams, team_on
from services.metrics.domain.spells import Things
from services.metrics.domain.tallies import Stay, Tally, TallyCode, left_out, stock, waited

_ENDS = {
    "partners.request.declined": "declined_at",
    "partners.request.cancelled": "cancelled_at",
    "partners.request.ended_early": "ended_at",
    "partners.request.completed": "ended_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRequest:
    """A request as one agency had it: from its arrival to its answer, to first contact, to its end."""

    request_id: UUID
    ask_id: UUID
    family_id: UUID
    agency_id: UUID
    team_id: UUID | None
    came_on: date
    answered_on: date | None = None
    accepted: bool = False
    engaged_on: date | None = None
    ended_on: date | None = None

    @property
    def waited_until(self) -> date | None:
        """The day on which its wait was over, by first contact or by its end."""
        return self.engaged_on or self.ended_on


def partner_requests(things: Things) -> tuple[PartnerRequest, ...]:
    """Return the requests as agencies had them, in the order of their arrival."""
    found = []
    for history in things.values():
        request: PartnerRequest | None = None
        for fact in history:
            if fact.kind == "partners.request.opened":
                request = _opened(fact)
            elif fact.kind == "partners.request.cancelled" and fact.kept["reason"] in MISTAKES:
                request = None
            elif request is not None:
                request = _went_on(request, fact)
        if request is not None:
            found.append(request)
    return tuple(sorted(found, key=lambda request: (request.came_on, request.request_id)))


def partner_tallies(things: Things, *, teams: Teams) -> Iterator[Tally]:
    """Yield what the asks of teams and the requests of agencies add up to."""
    requests = partner_requests(things)
    by_ask: dict[UUID, list[PartnerRequest]] = defaultdict(list)
    for request in requests:
        by_ask[request.ask_id].append(request)
        yield from _of(request, request.team_id or team_on(teams(request.family_id), request.came_on))
    for history in things.values():
        if history[0].kind == "workbook.practitioner.requested" and not _is_mistake(history[-1]):
            yield from _of_ask(history[0], by_ask[history[0].about], teams)


def _is_mistake(fact: Fact) -> bool:
    return fact.kind == "workbook.practitioner.request_withdrawn" and fact.kept["reason"] in MISTAKES


def _opened(fact: Fact) -> PartnerRequest:
    return PartnerRequest(
        request_id=fact.uuid("request_id"),
        ask_id=fact.uuid("practitioner_request_id"),
        family_id=fact.uuid("family_id"),
        agency_id=fact.uuid("agency_id"),
        team_id=fact.maybe_uuid("team_id"),
        # `requested_at` is when the team asked, of whichever agency: this one was asked when its request was opened.
        came_on=local_day(fact.occurred_at),
    )


def _went_on(request: PartnerRequest, fact: Fact) -> PartnerRequest:
    if fact.kind == "partners.request.promised":
        return replace(request, answered_on=local_day(fact.occurred_at), accepted=True)
    if fact.kind == "partners.request.accepted":
        # An agency that promised a practitioner answered when it promised.
        answered_on = request.answered_on if request.accepted else local_day(fact.moment("accepted_at"))
        return replace(request, answered_on=answered_on, accepted=True)
    if fact.kind == "partners.request.engaged":
        return replace(request, engaged_on=local_day(fact.moment("engaged_at")))
    if fact.kind not in _ENDS:
        return request
    on = local_day(fact.moment(_ENDS[fact.kind]))
    if fact.kind == "partners.request.declined":
        return replace(request, answered_on=on, accepted=False, ended_on=on)
    return replace(request, ended_on=on)


def _of(request: PartnerRequest, team: UUID | None) -> Iterator[Tally]:
    if request.answered_on is not None:
        yield Tally(
            code=TallyCode.PARTNER_ANSWER,
            subject=request.request_id,
            on=request.answered_on,
            team=team,
            agency=request.agency_id,
            amount=int(request.accepted),
            base=1,
        )
    if request.engaged_on is not None:
        yield waited(
            TallyCode.PARTNER_WAIT,
            request.request_id,
            from_on=request.came_on,
            on=request.engaged_on,
            team=team,
            agency=request.agency_id,
        )
    until_on = request.waited_until
    if until_on is None or until_on > request.came_on:
        stay = Stay(request.came_on, until_on, team)
        yield from stock(TallyCode.PARTNER_WAITING, request.request_id, (stay,), agency=request.agency_id)
    elif request.engaged_on is None and until_on < request.came_on:
        yield left_out(request.request_id, until_on)


def _of_ask(asked: Fact, requests: list[PartnerRequest], teams: Teams) -> Iterator[Tally]:
    begun = [request for request in requests if request.engaged_on is not None]
    if not begun:
        return
    first = min(begun, key=lambda request: (request.engaged_on or request.came_on, request.request_id))
    asked_on = local_day(asked.moment("requested_at"))
    team = asked.maybe_uuid("team_id") or team_on(teams(asked.uuid("family_id")), asked_on)
    yield waited(
        TallyCode.PRACTITIONER_WAIT,
        asked.about,
        from_on=asked_on,
        on=first.engaged_on or asked_on,
        team=team,
        agency=first.agency_id,
    )
