"""Builders of facts about invented families; only what matters is named."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from libs.kernel.ids import derived_id
from services.metrics.domain.facts import Fact, keep

START = date(2025, 3, 3)


def an_id(*parts: object) -> UUID:
    return derived_id("metrics-test", *parts)


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), UTC)


class Telling:
    """Tells events in the order in which they become known, with the revision of each aggregate."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._revisions: dict[tuple[str, UUID], itertools.count[int]] = {}

    def tell(
        self, kind: str, about: UUID, /, *, on: date, known_on: date | None = None, epoch: int = 1, **data: Any
    ) -> Fact:
        """Record an event of that kind about that aggregate."""
        revisions = self._revisions.setdefault((kind.split(".", maxsplit=1)[0], about), itertools.count(1))
        revision = next(revisions)
        fact = Fact(
            id=an_id(kind, about, epoch, revision),
            kind=kind,
            about=about,
            epoch=epoch,
            revision=revision,
            occurred_at=at(on),
            known_at=at(known_on or on) + timedelta(milliseconds=len(self.facts)),
            kept=keep(kind=kind, data={name: _json(value) for name, value in data.items()}),
        )
        self.facts.append(fact)
        return fact

    def referral(self, referral: UUID, family: UUID, children: tuple[UUID, ...], *, on: date, **more: Any) -> Fact:
        """Tell that a referral was received."""
        return self.tell(
            "referrals.referral.received",
            referral,
            on=on,
            referral_id=referral,
            family_id=family,
            children=children,
            source="2A",
            channel="portal",
            received_on=on,
            **more,
        )

    def decided(self, verb: str, referral: UUID, family: UUID, *, on: date, **more: Any) -> Fact:
        """Tell a decision on a referral."""
        return self.tell(
            f"referrals.referral.{verb}",
            referral,
            on=on,
            referral_id=referral,
            family_id=family,
            decided_at=at(on),
            **more,
        )

    def links(self, person: UUID, known: UUID, *, on: date, referral: UUID) -> Fact:
        """Tell that a person of a referral turned out to be one who was known."""
        return self.tell(
            "referrals.person.linked",
            person,
            on=on,
            person_id=person,
            known_person_id=known,
            referral_id=referral,
        )

    def closed(self, referral: UUID, family: UUID, children: tuple[UUID, ...], *, on: date) -> Fact:
        """Tell that a referral was closed."""
        return self.tell(
            "referrals.referral.closed",
            referral,
            on=on,
            referral_id=referral,
            family_id=family,
            children=children,
            reason="RC1",
            closed_on=on,
        )

    def holds(
        self,
        allocation: UUID,
        family: UUID,
        worker: UUID,
        *,
        on: date,
        team: UUID,
        children: tuple[UUID, ...],
        referral: UUID | None = None,
        reason: str = "FCONTA",
    ) -> Fact:
        """Tell that a lead worker began to hold a family."""
        return self.tell(
            "allocation.allocation.started",
            allocation,
            on=on,
            allocation_id=allocation,
            family_id=family,
            referral_id=referral,
            worker_id=worker,
            team_id=team,
            role="lead",
            children=children,
            started_at=at(on),
            reason=reason,
        )

    def lets_go(self, allocation: UUID, family: UUID, worker: UUID, *, on: date, team: UUID) -> Fact:
        """Tell that the lead worker no longer holds the family."""
        return self.tell(
            "allocation.allocation.ended",
            allocation,
            on=on,
            allocation_id=allocation,
            family_id=family,
            worker_id=worker,
            team_id=team,
            role="lead",
            ended_at=at(on),
            reason="MANAGE",
        )

    def post(self, worker: UUID, team: UUID, *, on: date, fte: float) -> Fact:
        """Tell a worker's post."""
        return self.tell(
            "allocation.worker.recorded",
            worker,
            on=on,
            worker_id=worker,
            team_id=team,
            role="social_worker",
            fte=fte,
            agency=False,
            active=True,
            from_on=on,
        )

    def plan(self, spell: UUID, child: UUID, family: UUID, kind: str, *, on: date, **more: Any) -> Fact:
        """Tell that a plan spell started."""
        known_on = more.pop("known_on", None)
        return self.tell(
            "workbook.plan_spell.started",
            spell,
            on=on,
            known_on=known_on,
            spell_id=spell,
            family_id=family,
            child_id=child,
            kind=kind,
            started_on=on,
            **more,
        )

    def plan_ends(
        self, spell: UUID, child: UUID, family: UUID, kind: str, *, started: date, on: date, **more: Any
    ) -> Fact:
        """Tell that a plan spell ended."""
        return self.tell(
            "workbook.plan_spell.ended",
            spell,
            on=on,
            spell_id=spell,
            family_id=family,
            child_id=child,
            kind=kind,
            started_on=started,
            ended_on=on,
            reason=more.pop("reason", "stepped_down"),
            **more,
        )

    def assessed(self, assessment: UUID, family: UUID, children: tuple[UUID, ...], *, on: date, **more: Any) -> Fact:
        """Tell that an assessment was authorised."""
        return self.tell(
            "workbook.assessment.authorised",
            assessment,
            on=on,
            assessment_id=assessment,
            family_id=family,
            children=children,
            authorised_on=on,
            factors=(),
            outcome="cin",
            **more,
        )

    def asked(self, ask: UUID, family: UUID, *, on: date, team: UUID | None = None) -> Fact:
        """Tell that a team asked for a practitioner."""
        return self.tell(
            "workbook.practitioner.requested",
            ask,
            on=on,
            practitioner_request_id=ask,
            family_id=family,
            specialism="substance_misuse",
            urgency="standard",
            team_id=team,
            requested_at=at(on),
        )

    def agency_says(
        self, verb: str, request: UUID, ask: UUID, family: UUID, *, on: date, agency: UUID, **more: Any
    ) -> Fact:
        """Tell what became of a request at an agency."""
        return self.tell(
            f"partners.request.{verb}",
            request,
            on=on,
            request_id=request,
            practitioner_request_id=ask,
            family_id=family,
            agency_id=agency,
            specialism="substance_misuse",
            **more,
        )


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
