"""Facts: one per event, with the moment it happened and the moment it became known, and only the fields kept."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from libs.kernel.errors import Invalid


class Subject(StrEnum):
    """What a fact can be about; facts are found again by these."""

    CHILD = "child"
    PERSON = "person"  # a child or an adult: what joins two records of one person
    FAMILY = "family"
    REFERRAL = "referral"
    WORKER = "worker"
    ASK = "ask"  # the team's request for an adult practitioner, wherever it was passed on to
    TEAM = "team"
    AGENCY = "agency"


#: Which fields of an event name a subject.
SUBJECT_FIELDS: Mapping[str, Subject] = {
    "child_id": Subject.CHILD,
    "children": Subject.CHILD,
    "person_id": Subject.PERSON,
    "known_person_id": Subject.PERSON,
    "family_id": Subject.FAMILY,
    "merged_family_id": Subject.FAMILY,
    "referral_id": Subject.REFERRAL,
    "further_referrals": Subject.REFERRAL,
    "worker_id": Subject.WORKER,
    "practitioner_request_id": Subject.ASK,
    "team_id": Subject.TEAM,
    "agency_id": Subject.AGENCY,
}

# NHS number, postcode, e-mail address: none is a code, and none belongs into an event.
_PERSONAL = re.compile(r"\d{10}|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|\S+@\S+")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(T|$)")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200

#: What is kept of each kind of event, by owner and kind. An event that is not listed is not heard.
KEPT: Mapping[str, tuple[str, ...]] = {
    kind: tuple(fields.split())
    for kind, fields in {
        "referrals.referral.received": "referral_id family_id children source channel received_on",
        "referrals.referral.triaged": "referral_id family_id rag level",
        "referrals.information.requested": "referral_id information_request_id agency due_at",
        "referrals.information.answered": "referral_id information_request_id outcome",
        "referrals.referral.decision_proposed": "referral_id outcome",
        "referrals.referral.accepted": (
            "referral_id family_id children area rag level primary_need needs received_at decided_at"
        ),
        "referrals.referral.step_down_offered": "referral_id family_id",
        "referrals.referral.step_down_refused": "referral_id family_id reason",
        "referrals.referral.stepped_down": "referral_id family_id decided_at",
        "referrals.referral.advised": "referral_id family_id outcome decided_at",
        "referrals.referral.redirected": "referral_id family_id decided_at",
        "referrals.referral.joined": "referral_id family_id joined_to children decided_at",
        "referrals.strategy.called": "referral_id strategy_id family_id children held_at enquiry",
        "referrals.referral.allocated": "referral_id family_id worker_id",
        "referrals.referral.closed": "referral_id family_id children reason closed_on",
        "referrals.referral.reopened": "referral_id family_id reason",
        "referrals.referral.withdrawn": "referral_id family_id",
        "referrals.referral.marked_in_error": "referral_id family_id",
        "referrals.referrer.notified": "referral_id content withheld",
        "referrals.clock.due_soon": "kind due_at referral_id family_id",
        "referrals.clock.breached": "kind due_at referral_id family_id",
        "referrals.clock.met": "kind started_at due_at met_at in_time referral_id family_id",
        "referrals.family.merged": "family_id merged_family_id",
        "referrals.person.linked": "person_id known_person_id referral_id",
        "referrals.referral.re_referral_found": "referral_id family_id prior_referral_id",
        "allocation.team.recorded": "team_id code areas",
        "allocation.worker.recorded": "worker_id team_id role fte agency active from_on",
        "allocation.worker.absent": "worker_id team_id absence_id from_on until_on",
        "allocation.worker.back": "worker_id team_id absence_id back_on",
        "allocation.request.opened": "request_id family_id referral_id children area",
        "allocation.request.waiting": "request_id family_id",
        "allocation.request.filled": "request_id family_id allocation_id",
        "allocation.request.cancelled": "request_id family_id reason",
        "allocation.proposal.made": "proposal_id request_id family_id team_id options excluded scheme_version",
        "allocation.proposal.confirmed": "proposal_id request_id family_id worker_id rank",
        "allocation.proposal.overridden": "proposal_id request_id family_id worker_id reason",
        "allocation.proposal.lapsed": "proposal_id request_id family_id",
        "allocation.proposal.declined": "proposal_id request_id family_id reason",
        "allocation.allocation.started": (
            "allocation_id family_id worker_id team_id role reason referral_id children started_at requested_at"
        ),
        "allocation.allocation.ended": "allocation_id family_id worker_id team_id role reason ended_at referral_id",
        "allocation.allocation.covered": "allocation_id family_id worker_id covered_by",
        "allocation.allocation.resumed": "allocation_id family_id worker_id covered_by",
        "allocation.concern.raised": "allocation_id family_id worker_id team_id",
        "allocation.handover.cancelled": "handover_id allocation_id family_id",
        "allocation.handover.planned": "handover_id allocation_id family_id from_worker_id to_worker_id reason",
        "allocation.handover.completed": "handover_id allocation_id family_id to_worker_id joint_visit",
        "allocation.handover.step_done": "handover_id allocation_id family_id step done_on",
        "allocation.capacity.threshold_crossed": "worker_id team_id threshold rising utilisation",
        "allocation.scheme.activated": "scheme_id version",
        "workbook.workbook.opened": "workbook_id family_id referral_id children team_id opened_on",
        "workbook.workbook.reopened": "workbook_id family_id referral_id further_referrals reason",
        "workbook.workbook.referral_joined": "workbook_id family_id referral_id",
        "workbook.workbook.activated": "workbook_id family_id",
        "workbook.workbook.level_changed": "workbook_id family_id from_level to_level direction changed_on",
        "workbook.workbook.step_down_offered": "workbook_id family_id",
        "workbook.workbook.step_down_refused": "workbook_id family_id reason",
        "workbook.workbook.stepped_down": "workbook_id family_id stepped_down_on",
        "workbook.workbook.closed": "workbook_id family_id referral_id further_referrals reason closed_on",
        "workbook.plan_spell.started": "spell_id family_id child_id kind started_on category previous_cp_plans",
        "workbook.plan_spell.ended": "spell_id family_id child_id kind started_on ended_on reason",
        "workbook.plan_spell.category_changed": "spell_id family_id child_id category changed_on",
        "workbook.plan_spell.placed": "spell_id family_id child_id placement placed_on",
        "workbook.plan_spell.letter_sent": "spell_id family_id child_id sent_on offered exemption",
        "workbook.plan_spell.birth_recorded": "spell_id family_id child_id born",
        "workbook.assessment.started": "assessment_id family_id referral_id children started_on",
        "workbook.assessment.composed": "assessment_id family_id version",
        "workbook.assessment.authorised": (
            "assessment_id family_id referral_id children referred_on started_on authorised_on factors outcome"
        ),
        "workbook.enquiry.started": "enquiry_id family_id referral_id child_id started_on conference_due_on",
        "workbook.enquiry.strategy_joined": "enquiry_id family_id referral_id child_id strategy_id",
        "workbook.enquiry.ended": "enquiry_id family_id referral_id child_id ended_on outcome",
        "workbook.conference.held": "conference_id family_id referral_id children kind held_on plan",
        "workbook.statutory_meeting.held": "conference_id family_id children kind held_on",
        "workbook.entry.recorded": "workbook_id family_id kind happened_on",
        "workbook.entry.corrected": "workbook_id family_id kind",
        "workbook.entry.struck": "workbook_id family_id kind",
        "workbook.visit.recorded": "workbook_id family_id children_seen seen_alone visited_on statutory",
        "workbook.tool.scored": "workbook_id family_id person_id tool score band scored_on",
        "workbook.significant_event.recorded": "workbook_id family_id code happened_on",
        "workbook.chapter.begun": "workbook_id family_id role",
        "workbook.chapter.submitted": "workbook_id family_id role",
        "workbook.chapter.signed": "workbook_id family_id role countersigned",
        "workbook.chapter.returned": "workbook_id family_id role",
        "workbook.chapter.corrected": "workbook_id family_id role",
        "workbook.plan.agreed": "workbook_id family_id state version",
        "workbook.plan.changed": "workbook_id family_id version",
        "workbook.goal.achieved": "workbook_id family_id achieved_on",
        "workbook.goal.changed": "workbook_id family_id need state",
        "workbook.step.changed": "goal_id workbook_id family_id state",
        "workbook.module.changed": "workbook_id family_id module progress changed_on",
        "workbook.supervision.changed": "workbook_id family_id state planned_on reason",
        "workbook.supervision.recorded": "workbook_id family_id cycle held_on decision",
        "workbook.action.completed": "workbook_id family_id done_on",
        "workbook.meeting.offered": "workbook_id family_id offered_on",
        "workbook.meeting.changed": "workbook_id family_id state changed_on planned_on",
        "workbook.meeting.held": "workbook_id family_id held_on",
        "workbook.practitioner.requested": "practitioner_request_id family_id specialism urgency team_id requested_at",
        "workbook.practitioner.request_withdrawn": "practitioner_request_id family_id reason",
        "workbook.clock.due_soon": "kind due_at workbook_id family_id",
        "workbook.clock.breached": "kind due_at workbook_id family_id",
        "workbook.clock.met": "kind started_at due_at met_at in_time workbook_id family_id",
        "partners.agency.recorded": "agency_id code specialisms",
        "partners.practitioner.recorded": "practitioner_id agency_id specialism teams fte active",
        "partners.capacity.declared": "agency_id specialism team_id fte places waiting declared_on",
        "partners.request.opened": (
            "request_id practitioner_request_id family_id agency_id specialism team_id requested_at"
        ),
        "partners.request.accepted": (
            "request_id practitioner_request_id family_id agency_id specialism accepted_at requested_at"
        ),
        "partners.request.promised": "request_id practitioner_request_id family_id agency_id specialism practitioner_by",
        "partners.request.reassigned": "request_id practitioner_request_id family_id agency_id specialism reassigned_at",
        "partners.request.clarifying": "request_id practitioner_request_id family_id agency_id",
        "partners.request.answered": "request_id practitioner_request_id family_id agency_id",
        "partners.request.waitlisted": "request_id practitioner_request_id family_id agency_id specialism expected_on",
        "partners.request.declined": (
            "request_id practitioner_request_id family_id agency_id specialism reason declined_at"
        ),
        "partners.request.engaged": (
            "request_id practitioner_request_id family_id agency_id specialism requested_at engaged_at"
        ),
        "partners.request.held": "request_id practitioner_request_id family_id reason review_on",
        "partners.request.resumed": "request_id practitioner_request_id family_id",
        "partners.request.completed": (
            "request_id practitioner_request_id family_id agency_id specialism outcome ended_at"
        ),
        "partners.request.ended_early": (
            "request_id practitioner_request_id family_id agency_id specialism reason ended_at"
        ),
        "partners.request.cancelled": (
            "request_id practitioner_request_id family_id agency_id specialism reason cancelled_at"
        ),
        "partners.request.overdue": "request_id practitioner_request_id family_id agency_id due_at",
        "partners.request.end_asked": "request_id practitioner_request_id family_id agency_id asked_at",
        "partners.need.unrouted": "practitioner_request_id family_id specialism team_id asked",
        "partners.session.booked": "request_id family_id starts_at",
        "partners.session.attended": "request_id family_id late",
        "partners.session.missed": "request_id family_id reason",
        "partners.session.moved": "request_id family_id",
        "partners.session.cancelled": "request_id family_id",
        "partners.agreement.started": "agency_id specialisms from_on until_on",
        "partners.agreement.suspended": "agency_id",
        "partners.agreement.ended": "agency_id",
        "partners.report.submitted": "request_id family_id goals outcome",
    }.items()
}


#: By how much the clocks of two computers may differ.
CLOCKS_DIFFER = timedelta(minutes=5)
#: Reasons that say that a record was made by mistake: what it describes never was.
MISTAKES = frozenset({"in_error", "made_in_error", "recorded_in_error"})


class UnknownKind(Invalid):
    """That kind of event is not measured."""


class PersonalData(Invalid):
    """An event carries what could be a person's data."""

    slug = "personal-data-in-event"


class ImplausibleDate(Invalid):
    """An event carries a date that nobody can have meant."""

    slug = "implausible-date"


# The same facts are reckoned again with every fact that comes: what their texts mean is remembered.
_uuid = lru_cache(maxsize=1 << 16)(UUID)
_day = lru_cache(maxsize=1 << 14)(date.fromisoformat)
_moment = lru_cache(maxsize=1 << 16)(datetime.fromisoformat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened, as one event told it; `kept` holds JSON values only."""

    id: UUID
    kind: str
    about: UUID  # the aggregate that the event happened to
    epoch: int
    revision: int
    occurred_at: datetime
    known_at: datetime
    kept: Mapping[str, Any]

    def uuid(self, field: str) -> UUID:
        """Return the id in `field`."""
        return _uuid(self.kept[field])

    def maybe_uuid(self, field: str) -> UUID | None:
        """Return the id in `field`, if there is one."""
        value = self.kept.get(field)
        return _uuid(value) if value else None

    def uuids(self, field: str) -> tuple[UUID, ...]:
        """Return the ids in `field`, in their order."""
        return tuple(map(_uuid, self.kept.get(field) or ()))

    def day(self, field: str) -> date:
        """Return the date in `field`."""
        return _day(self.kept[field])

    def maybe_day(self, field: str) -> date | None:
        """Return the date in `field`, if there is one."""
        value = self.kept.get(field)
        return _day(value) if value else None

    def moment(self, field: str) -> datetime:
        """Return the moment in `field`."""
        return _moment(self.kept[field])

    @property
    def is_of_the_future(self) -> bool:
        """Say whether it was known before it is said to have happened, by more than clocks differ."""
        return self.occurred_at > self.known_at + CLOCKS_DIFFER

    @property
    def thing(self) -> tuple[str, UUID]:
        """The owner and the aggregate: facts of one thing are ordered by epoch and revision."""
        return self.kind.split(".", 1)[0], self.about

    def subjects(self) -> frozenset[tuple[Subject, UUID]]:
        """Everything that the fact is about."""
        found: set[tuple[Subject, UUID]] = set()
        for field, subject in SUBJECT_FIELDS.items():
            value = self.kept.get(field)
            values = value if isinstance(value, list | tuple) else (value,) if value else ()
            found.update((subject, _uuid(each)) for each in values)
        return frozenset(found)


def kind_of(event_type: str) -> str:
    """Return the kind of fact that events of a type become: `referrals.referral.received`, whatever the version."""
    return event_type.removeprefix("events.").rpartition(".v")[0]


def keep(*, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an event's JSON data the fields that are kept of that kind.

    Raise `UnknownKind`, `PersonalData` or `ImplausibleDate` where nothing of it may be kept.
    """
    if kind not in KEPT:
        raise UnknownKind(f"Events of the kind {kind} are not measured.")
    kept = {field: data[field] for field in KEPT[kind] if data.get(field) is not None}
    for field, value in kept.items():
        if isinstance(value, str):
            _need_harmless(value, field)
    return kept


def _need_harmless(value: str, field: str) -> None:
    if _PERSONAL.fullmatch(value):
        raise PersonalData("A code has the form of an NHS number, a postcode or an address.", at=f"/data/{field}")
    if _DATED.match(value) and not _FIRST_YEAR <= int(value[:4]) <= _LAST_YEAR:
        raise ImplausibleDate(f"A date lies outside {_FIRST_YEAR} to {_LAST_YEAR}.", at=f"/data/{field}")


def current(facts: Iterable[Fact]) -> dict[tuple[str, UUID], tuple[Fact, ...]]:
    """Return the facts of each thing in their order, once each, whatever the order in which they arrived.

    When a database was restored its owner speaks in a higher epoch: what an earlier epoch said from that
    revision on has not happened.
    """
    grouped: dict[tuple[str, UUID], dict[UUID, Fact]] = defaultdict(dict)
    for fact in facts:
        grouped[fact.thing][fact.id] = fact
    return {thing: _in_order(tuple(grouped[thing].values())) for thing in sorted(grouped)}


def _in_order(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    first_said: dict[int, int] = {}
    for fact in facts:
        first_said[fact.epoch] = min(fact.revision, first_said.get(fact.epoch, fact.revision))

    def stands(fact: Fact) -> bool:
        return all(fact.revision < revision for epoch, revision in first_said.items() if epoch > fact.epoch)

    return tuple(sorted(filter(stands, facts), key=lambda fact: (fact.epoch, fact.revision, fact.id)))
