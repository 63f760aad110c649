"""The invented county: its localities, teams, staff, partner agencies and client applications.

Nobody here exists. Every id is derived from a code, so that it is the same on every machine and in every run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from services.partners.domain.agencies import REGISTER

#: How many teams serve each area first; 17 in all. DOMAIN: the 17 family support and safeguarding teams.
_TEAMS_OF_AREA = {
    "cherwell": 3,
    "bicester": 2,
    "oxford_east": 3,
    "oxford_north": 1,
    "oxford_south": 2,
    "south": 2,
    "vale": 2,
    "west": 2,
}
#: The area that a team of this area also helps out in.
_NEIGHBOUR = {
    "cherwell": "bicester",
    "bicester": "cherwell",
    "oxford_east": "oxford_south",
    "oxford_north": "oxford_east",
    "oxford_south": "oxford_east",
    "south": "vale",
    "vale": "south",
    "west": "vale",
}
_WORKERS_OF_TEAM = 12  # 17 x 12 = 204 case holders; Oxfordshire published 201 FTE
_GIVEN = (
    "Ada", "Bram", "Cleo", "Dilys", "Emeka", "Farah", "Gwen", "Hari", "Ines", "Jonty", "Kemi", "Lowri", "Milo", "Nadia", "Osian",
    "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Uma", "Vikram", "Wanda", "Xander", "Yusra", "Zeb",
)  # fmt: skip
_FAMILY = (
    "Acornfield", "Bramblewick", "Copperdale", "Driftmoor", "Elmspring", "Fernhollow", "Gorsebank", "Hazelbeck", "Inkpenny",
    "Juniperton", "Kestrelmere", "Larchgate", "Mossington", "Nettlecombe", "Oakenshade", "Plumthorn", "Quillbrook", "Rushworthy",
    "Sedgeford-Lane", "Thistledown", "Umberley", "Vetchwood", "Willowmarsh", "Yarrowby",
)  # fmt: skip
#: Where the names of each group begin; apart, so that nobody has the name of another (there are 26 x 24 of them).
_NAMES_FROM = {
    "workers": 0, "practitioners": 210, "team managers": 250, "agency managers": 280, "front door": 300, "offices": 330,
}  # fmt: skip
_SKILLS = ("court", "unborn", "domestic_abuse", "sexual_abuse", "disability", "adolescents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A multi-disciplinary team and the areas that it serves."""

    id: UUID
    code: str
    name: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A partner agency, what it offers, and how many practitioners it has for all teams together."""

    id: UUID
    code: str
    name: str
    specialisms: tuple[str, ...]
    fte: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can have a token: a member of staff, or a client application, whose scopes it is registered with."""

    id: UUID
    code: str
    name: str
    kind: str  # person, client
    roles: tuple[Role, ...]
    team_id: UUID | None = None
    agency_id: UUID | None = None
    scopes: tuple[str, ...] = ()

    def public(self) -> dict[str, object]:
        """As the development issuer lists it."""
        return {
            "id": str(self.id),
            "name": self.name,
            "kind": self.kind,
            "roles": [role.value for role in self.roles],
            "team": str(self.team_id) if self.team_id else None,
            "agency": str(self.agency_id) if self.agency_id else None,
            "scopes": list(self.scopes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A case-holding social worker; what allocation is told of them."""

    person: Person
    fte: float
    asye_months_left: int  # months of the protected first year that are still to come; 0: qualified
    agency: bool  # engaged through an employment agency
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """An agency's practitioner for adults, and the teams with the share of a full post that each gets."""

    person: Person
    specialism: str
    teams: tuple[tuple[UUID, float], ...]


@cache
def teams() -> tuple[Team, ...]:
    """Return the 17 teams."""
    made = []
    for area, count in _TEAMS_OF_AREA.items():
        for number in range(1, count + 1):
            code = f"{area}_{number}"
            name = f"{area.replace('_', ' ').title()} {number} (invented)"
            made.append(Team(id=_id("team", code), code=code, name=name, areas=(area, _NEIGHBOUR[area])))
    return tuple(made)


@cache
def workers() -> tuple[Worker, ...]:
    """About 200 case-holding social workers, with part-time, newly qualified and agency posts among them."""
    made = []
    for position, (team, number) in enumerate(
        (team, number) for team in teams() for number in range(1, _WORKERS_OF_TEAM + 1)
    ):
        code = f"social_worker_{team.code}_{number}"
        made.append(
            Worker(
                person=_member(code, _NAMES_FROM["workers"] + position, Role.SOCIAL_WORKER, team=team),
                fte=(1.0, 1.0, 1.0, 0.8, 1.0, 1.0)[position % 6],
                asye_months_left=(0, 0, 0, 0, 0, 0, 0, 7, 0, 3)[position % 10],
                # Source: DfE children's social work workforce 2025, Oxfordshire: 20.3 % of posts.
                agency=position % 5 == 2,  # noqa: PLR2004
                skills=tuple(sorted({_SKILLS[position % 6], _SKILLS[(position // 6) % 6]})),
            )
        )
    return tuple(made)


@cache
def agencies() -> tuple[Agency, ...]:
    """Return the partner agencies of the model, three of them with ten full posts each."""
    return tuple(
        Agency(
            id=_id("agency", known.code),
            code=known.code,
            name=f"{known.name} (stand-in, invented staff)",
            specialisms=tuple(offer.specialism.value for offer in known.offers if offer.specialism),
            fte=known.stated_fte or 0.0,
        )
        for known in REGISTER
    )


@cache
def practitioners() -> tuple[Practitioner, ...]:
    """Three times ten full posts, each shared by a few of the 17 teams; Elmore's are half for either side of abuse."""
    made: list[Practitioner] = []
    for agency in agencies():
        for number in range(1, int(agency.fte) + 1):
            code = f"practitioner_{agency.code}_{number}"
            specialism = agency.specialisms[number % len(agency.specialisms)]
            same = [
                n
                for n in range(1, int(agency.fte) + 1)
                if agency.specialisms[n % len(agency.specialisms)] == specialism
            ]
            made.append(
                Practitioner(
                    person=_member(
                        code, _NAMES_FROM["practitioners"] + len(made), Role.ADULT_PRACTITIONER, agency=agency
                    ),
                    specialism=specialism,
                    teams=_shares(same.index(number), len(same)),
                )
            )
    return tuple(made)


def _shares(position: int, count: int) -> tuple[tuple[UUID, float], ...]:
    """Return the teams of the practitioner at `position` of `count` who share all teams evenly; each has one full post."""
    everywhere = teams()
    per_post, start = len(everywhere) / count, position * len(everywhere) / count
    shares = []
    for index, team in enumerate(everywhere):
        part = min(start + per_post, index + 1) - max(start, index)
        if part > 1e-9:  # noqa: PLR2004 - rounding
            shares.append((team.id, round(part / per_post, 3)))
    return tuple(shares)


@cache
def people() -> tuple[Person, ...]:
    """Everybody who can have a token, the front door first."""
    return (
        *_front_door(),
        *_offices(),
        *(
            _member(f"team_manager_{team.code}", _NAMES_FROM["team managers"] + i, Role.TEAM_MANAGER, team=team)
            for i, team in enumerate(teams())
        ),
        *(worker.person for worker in workers()),
        *(
            _member(
                f"agency_manager_{agency.code}", _NAMES_FROM["agency managers"] + i, Role.AGENCY_MANAGER, agency=agency
            )
            for i, agency in enumerate(agencies())
        ),
        *(practitioner.person for practitioner in practitioners()),
        *_clients(),
    )


def person(code: str) -> Person:
    """Return the person or client with this code, such as `screener_1`."""
    return _by_code()[code]


def person_with(person_id: str) -> Person:
    """Return the person or client with this id."""
    return _by_id()[person_id]


@cache
def _by_id() -> dict[str, Person]:
    return {str(person.id): person for person in people()}


def team_with(team_id: str) -> Team:
    """Return the team with this id."""
    return next(team for team in teams() if str(team.id) == team_id)


@cache
def _by_code() -> dict[str, Person]:
    return {person.code: person for person in people()}


def _front_door() -> Iterator[Person]:
    yield from _holders(
        "front door",
        (Role.SCREENER, 8),
        (Role.FRONT_DOOR_MANAGER, 3),
        (Role.OUT_OF_HOURS, 4),
        (Role.EARLY_HELP_LEAD, 4),
    )


def _offices() -> Iterator[Person]:
    yield from _holders(
        "offices",
        (Role.CONFERENCE_CHAIR, 6),
        (Role.SERVICE_MANAGER, 2),
        (Role.ANALYST, 2),
        (Role.AUDITOR, 1),
        (Role.RECORDS_OFFICER, 1),
        (Role.RESTRICTION_STEWARD, 1),
        (Role.SERVICE_ADMIN, 1),
    )


def _holders(group: str, *counts: tuple[Role, int]) -> Iterator[Person]:
    codes = [(role, number) for role, count in counts for number in range(1, count + 1)]
    for position, (role, number) in enumerate(codes, start=_NAMES_FROM[group]):
        yield _member(f"{role.value}_{number}", position, role)


def _clients() -> Iterator[Person]:
    sends = ("referrals:referrals", "referrals:areas.read")
    loads = ("referrals:*", "allocation:*", "workbook:*", "partners:*.read", "metrics:*.read")
    works = ("partners:*", "workbook:*", "metrics:*.read")
    yield _client("school_portal", "Portal of an invented school", Role.REFERRER, scopes=sends)
    yield _client("gp_portal", "Portal of an invented GP surgery", Role.REFERRER, scopes=sends)
    yield _client("police_portal", "Portal of an invented police force", Role.REFERRER, scopes=sends)
    yield _client("case_system", "Invented case system", Role.CASE_SYSTEM, scopes=loads)
    for agency in agencies():
        yield _client(
            f"app_{agency.code}", f"Client app of {agency.name}", Role.AGENCY_MANAGER, agency=agency, scopes=works
        )


def _client(code: str, name: str, role: Role, *, scopes: tuple[str, ...], agency: Agency | None = None) -> Person:
    return Person(
        id=_id("client", code),
        code=code,
        name=name,
        kind="client",
        roles=(role,),
        agency_id=agency.id if agency else None,
        scopes=scopes,
    )


def _member(code: str, position: int, role: Role, *, team: Team | None = None, agency: Agency | None = None) -> Person:
    given, family = _GIVEN[position % len(_GIVEN)], _FAMILY[(position * 5 + position // len(_GIVEN)) % len(_FAMILY)]
    return Person(
        id=_id("person", code),
        code=code,
        name=f"{given} {family} (invented)",
        kind="person",
        roles=(role,),
        team_id=team.id if team else None,
        agency_id=agency.id if agency else None,
    )


def _id(*parts: str) -> UUID:
    return derived_id("invented-county", *parts)
