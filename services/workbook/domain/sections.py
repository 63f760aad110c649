"""Who may read which part of the workbook: open to the whole team, except what could hurt someone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from libs.kernel.roles import Role
from services.workbook.domain.assessments import Assessment
from services.workbook.domain.chapters import ADULT_ROLES, ChapterRole
from services.workbook.domain.practitioner_requests import PractitionerRequest, Specialism, State
from services.workbook.domain.supervision import Action, Attendee, Record, Supervision

_SECTION_OF: Mapping[Specialism, ChapterRole] = {
    Specialism.MENTAL_HEALTH: ChapterRole.MENTAL_HEALTH,
    Specialism.DOMESTIC_ABUSE_VICTIM: ChapterRole.DOMESTIC_ABUSE_VICTIM,
    Specialism.DOMESTIC_ABUSE_PERPETRATOR: ChapterRole.DOMESTIC_ABUSE_PERPETRATOR,
    Specialism.SUBSTANCE_MISUSE: ChapterRole.SUBSTANCE_MISUSE,
}
_V, _P = ChapterRole.DOMESTIC_ABUSE_VICTIM, ChapterRole.DOMESTIC_ABUSE_PERPETRATOR
#: What the practitioner of one section never sees of another.
APART: Mapping[ChapterRole, frozenset[ChapterRole]] = {_V: frozenset({_P}), _P: frozenset({_V})}

_AGENCIES = frozenset({Role.ADULT_PRACTITIONER, Role.AGENCY_MANAGER})
_READS_ALL = frozenset(
    {
        Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CONFERENCE_CHAIR, Role.OUT_OF_HOURS,
        Role.EARLY_HELP_LEAD, Role.RECORDS_OFFICER, Role.CASE_SYSTEM,
    }
)  # fmt: skip
WORKING = frozenset({State.ACCEPTED, State.ENGAGED, State.ON_HOLD})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: their roles, and the sections that their own and their agency's work with this family gives them."""

    id: UUID
    roles: frozenset[Role]
    sections: frozenset[ChapterRole] = frozenset()
    managed: frozenset[ChapterRole] = frozenset()  # what the agency that they manage works on


def manages_agency(roles: Iterable[Role]) -> bool:
    """Whether somebody with these roles sees what their agency's practitioners work on."""
    return Role.AGENCY_MANAGER in frozenset(roles)


def reads_all(roles: Iterable[Role]) -> bool:
    """Whether somebody with these roles sees every section, whoever works with the family."""
    return not _READS_ALL.isdisjoint(roles)


def reader(
    *,
    id: UUID,  # noqa: A002 - the word of the field
    roles: Iterable[Role],
    requests: Iterable[PractitionerRequest],
    agency_id: UUID | None = None,
) -> Reader:
    """Return the reader with the sections of the requests that they, or as a manager their agency, work on."""
    held = frozenset(roles)
    manages = agency_id if manages_agency(held) else None
    working = [request for request in requests if request.state in WORKING]
    own = frozenset(section_of(request.specialism) for request in working if request.practitioner_id == id)
    managed = frozenset(
        section_of(request.specialism) for request in working if manages is not None and request.agency_id == manages
    )
    return Reader(id, held, own, managed)


def section_of(specialism: Specialism) -> ChapterRole:
    """Return the section in which a practitioner of that specialism writes."""
    return _SECTION_OF[specialism]


def _apart(section: ChapterRole, others: Iterable[ChapterRole]) -> bool:
    return any(section in APART.get(other, frozenset()) for other in others)


def may_see(who: Reader, section: ChapterRole) -> bool:
    """Whether the reader sees a section; what they may not see does not exist for them.

    Practitioners are kept apart; the manager of an agency sees all that their agency works on.
    """
    if who.roles & _READS_ALL:
        return True
    if not who.roles & _AGENCIES or not who.sections | who.managed or _apart(section, who.sections):
        return False
    return section in who.managed or not _apart(section, who.managed)


def may_see_request(who: Reader, request: PractitionerRequest, *, agency_id: UUID | None) -> bool:
    """Whether the reader sees a request: an agency's manager what their agency was asked, a practitioner their own."""
    if who.roles & _READS_ALL:
        return True
    if _apart(section_of(request.specialism), who.sections):
        return False
    asked = agency_id is not None and request.agency_id == agency_id and manages_agency(who.roles)
    return asked or request.practitioner_id == who.id


def sees_everything(who: Reader) -> bool:
    """Whether no section is hidden from the reader."""
    return visible(who) == frozenset(ChapterRole)


def may_see_action(who: Reader, action: Action) -> bool:
    """Whether the reader sees what was agreed: their own actions, and others' if nothing is hidden from them."""
    return action.owner_id == who.id or sees_everything(who)


def visible(who: Reader) -> frozenset[ChapterRole]:
    """Every section that the reader sees."""
    return frozenset(section for section in ChapterRole if may_see(who, section))


def may_write(who: Reader, section: ChapterRole) -> bool:
    """Whether the reader writes in a section: practitioners only in their own, staff in all but theirs."""
    if Role.CASE_SYSTEM in who.roles:  # what another system kept was written there by whoever it says
        return True
    if who.roles & _READS_ALL:
        return section not in ADULT_ROLES
    return section in who.sections


def assessment_for(who: Reader, assessment: Assessment) -> Assessment:
    """Return the assessment without the chapters that the reader does not see."""
    return replace(assessment, sections=tuple(s for s in assessment.sections if may_see(who, s.role)))


def supervision_for(who: Reader, supervision: Supervision, *, roles: Mapping[UUID, ChapterRole]) -> Supervision:
    """Return the group supervision as the reader may see it; `roles` says whose each chapter is.

    Its words may tell of any section, so that whoever does not see every section reads none of them.
    """
    held = supervision.record
    if held is None or sees_everything(who):
        return supervision
    return replace(supervision, record=_record_for(who, held, roles))


def _record_for(who: Reader, held: Record, roles: Mapping[UUID, ChapterRole]) -> Record:
    return replace(
        held,
        attendees=tuple(each for each in held.attendees if _may_see_attendee(who, each)),
        apologies=tuple(each for each in held.apologies if _may_see_attendee(who, each)),
        chapters=tuple(
            each for each in held.chapters if each.chapter_id in roles and may_see(who, roles[each.chapter_id])
        ),
        stages=(),
        risk_statement=None,
        actions=tuple(each for each in held.actions if may_see_action(who, each)),
        dissent=None,
    )


def _may_see_attendee(who: Reader, attendee: Attendee) -> bool:
    """Whether the reader sees that somebody was there: themselves, the council, and whoever writes what they see."""
    shown = {str(role) for role in _READS_ALL} | {str(section) for section in visible(who)}
    return attendee.person_id == who.id or attendee.role in shown
