"""Who may read which part of the workbook: open to the whole team, except what could hurt someone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from libs.kernel.roles import Role
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.practitioner_requests import PractitionerRequest, Specialism, State

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
    """Who reads: their roles, and the sections that their work with this family gives them."""

    id: UUID
    roles: frozenset[Role]
    sections: frozenset[ChapterRole] = frozenset()


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
    own = frozenset(
        section_of(request.specialism)
        for request in requests
        if request.state in WORKING
        and (request.practitioner_id == id or (manages is not None and request.agency_id == manages))
    )
    return Reader(id, held, own)


def section_of(specialism: Specialism) -> ChapterRole:
    """Return the section in which a practitioner of that specialism writes."""
    return _SECTION_OF[specialism]


def may_see(who: Reader, section: ChapterRole) -> bool:
    """Whether the reader sees a section; what they may not see does not exist for them."""
    if who.roles & _READS_ALL:
        return True
    if not who.roles & _AGENCIES or not who.sections:
        return False
    return all(section not in APART.get(own, frozenset()) for own in who.sections)


def visible(who: Reader) -> frozenset[ChapterRole]:
    """Every section that the reader sees."""
    return frozenset(section for section in ChapterRole if may_see(who, section))


def may_write(who: Reader, section: ChapterRole) -> bool:
    """Whether the reader writes in a section: practitioners only in their own, staff in all but theirs."""
    if who.roles & _READS_ALL:
        return True
    return section in who.sections
