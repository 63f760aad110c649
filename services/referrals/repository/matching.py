"""Finding people who may be known: few statements for a whole household, each part of them on an index."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, and_, or_, select, text, update

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.referrals.domain.matches import Match, MatchState
from services.referrals.domain.matching import SENTENCES, Hit, RuleCode, Strength, Traits
from services.referrals.domain.names import folded
from services.referrals.tables import match

#: For each person sought, of so many people at most the points are counted: those who share most, first.
_MOST = 100

FIND = text(
    f"""
    WITH sought AS (
        SELECT * FROM unnest(
            CAST(:places AS int[]), CAST(:names AS text[]), CAST(:nhs AS text[]), CAST(:upns AS text[]),
            CAST(:la_ids AS text[]), CAST(:postcodes AS text[])
        ) AS sought (place, name_key, nhs_number, upn, la_child_id, postcode)
    ), days AS (
        SELECT * FROM unnest(CAST(:day_places AS int[]), CAST(:days AS date[]), CAST(:against AS text[]))
            AS days (place, day, against)
    ), found AS (
        SELECT s.place, p.id, 0 AS rank FROM sought s JOIN person p ON p.nhs_number = s.nhs_number
        UNION ALL SELECT s.place, p.id, 0 FROM sought s JOIN person p ON p.upn = s.upn
        UNION ALL SELECT s.place, p.id, 0 FROM sought s JOIN person p ON p.la_child_id = s.la_child_id
        UNION ALL SELECT s.place, p.id, 1 FROM sought s JOIN person p ON p.name_key = s.name_key
        UNION ALL SELECT d.place, p.id, 1 FROM days d JOIN person p ON p.birth_date = d.day
            WHERE d.against = 'birth_date'
        UNION ALL SELECT d.place, p.id, 2 FROM days d JOIN person p ON p.birth_date = d.day
            JOIN sought s ON s.place = d.place
            WHERE d.against = 'birth_date_and_name' AND similarity(p.name_key, s.name_key) > 0.3
        UNION ALL SELECT d.place, p.id, 2 FROM days d JOIN person p ON p.expected_date = d.day
            WHERE d.against = 'expected_date'
        UNION ALL SELECT s.place, c.person_id, 3 FROM sought s JOIN contact_point c ON c.postcode = s.postcode
    ), ranked AS (
        SELECT found.place, found.id,
            row_number() OVER (PARTITION BY found.place ORDER BY min(found.rank), count(*) DESC, found.id) AS nth
        FROM found JOIN person p ON p.id = found.id
        WHERE p.same_as IS NULL AND NOT found.id = ANY(CAST(:besides AS uuid[]))
        GROUP BY found.place, found.id
    )
    SELECT place, id FROM ranked WHERE nth <= {_MOST} ORDER BY place, nth
    """  # noqa: S608 - only our own number goes in
)

TRAITS = text(
    """
    SELECT p.id, p.given_name, p.family_name, p.birth_date, p.expected_date, p.sex, p.nhs_number, p.upn, p.la_child_id,
        lived.postcodes, lived.former_postcodes, lived.addresses, lived.former_addresses,
        ARRAY(SELECT DISTINCT c.reporter_key FROM family_member m JOIN referral r ON r.family_id = m.family_id
            JOIN contact c ON c.referral_id = r.id WHERE m.person_id = p.id AND c.reporter_key <> '') AS reporters
    FROM person p CROSS JOIN LATERAL (
        SELECT array_agg(c.postcode) FILTER (WHERE c.until_on IS NULL) AS postcodes,
            array_agg(c.postcode) FILTER (WHERE c.until_on IS NOT NULL) AS former_postcodes,
            array_agg(c.value) FILTER (WHERE c.until_on IS NULL) AS addresses,
            array_agg(c.value) FILTER (WHERE c.until_on IS NOT NULL) AS former_addresses
        FROM contact_point c WHERE c.person_id = p.id AND c.kind = 'address'
    ) AS lived
    WHERE p.id = ANY(CAST(:ids AS uuid[]))
    """
)


async def known_like(tx: Transaction, sought: Sequence[Traits]) -> Mapping[UUID, tuple[Traits, ...]]:
    """Return, for each person sought, the known people whom it is worth comparing them with: two statements."""
    if not sought:
        return {}
    find, parameters = finding(sought)
    rows = await tx.connection.execute(find, parameters)
    return await with_traits(tx, sought, rows.all())


def finding(sought: Sequence[Traits]) -> tuple[TextClause, dict[str, Any]]:
    """Return the statement that finds who may be known, and its parameters."""
    days = [(place, *day) for place, one in enumerate(sought) for day in _days_worth_a_look(one)]
    return FIND, {
        "places": list(range(len(sought))),
        "names": [folded(f"{one.given_name} {one.family_name}") or None for one in sought],
        "nhs": [one.nhs_number for one in sought],
        "upns": [one.upn for one in sought],
        "la_ids": [one.la_child_id for one in sought],
        "postcodes": [min(one.postcodes, default=None) for one in sought],
        "day_places": [place for place, _, _ in days],
        "days": [day for _, day, _ in days],
        "against": [against for _, _, against in days],
        "besides": [one.person_id for one in sought],
    }


async def with_traits(
    tx: Transaction, sought: Sequence[Traits], rows: Sequence[Row[Any]]
) -> Mapping[UUID, tuple[Traits, ...]]:
    """Return, for each person sought, the people whose ids were found for them."""
    if not rows:
        return {}
    ids = sorted({row.id for row in rows})
    known = {row.id: _traits_of(row) for row in await tx.connection.execute(TRAITS, {"ids": ids})}
    found: dict[UUID, list[Traits]] = {}
    for row in rows:
        found.setdefault(sought[row.place].person_id, []).append(known[row.id])
    return {person_id: tuple(candidates) for person_id, candidates in found.items()}


def _days_worth_a_look(one: Traits) -> list[tuple[date, str]]:
    """Return the days that the rules may find near, and what of a known person to look for on them.

    Whoever was born on the very day is worth a look; on a day that is only near, a similar name is needed.
    """
    if one.expected_date is not None:
        around = _around(one.expected_date)
        return [(day, "birth_date_and_name") for day in around] + [(day, "expected_date") for day in around]
    if one.birth_date is None:
        return []
    day = one.birth_date
    exact = {day, *_made(day.year, day.day, day.month)}
    near = {day + timedelta(days=offset) for offset in range(-3, 4)} | set(_one_digit_off(day))
    return (
        [(each, "birth_date") for each in sorted(exact)]
        + [(each, "birth_date_and_name") for each in sorted(near - exact)]
        + [(each, "expected_date") for each in _around(day)]
    )


def _around(day: date) -> list[date]:
    return [day + timedelta(days=offset) for offset in range(-30, 31)]


def _one_digit_off(day: date) -> list[date]:
    written = day.isoformat()
    found = []
    for place, sign in enumerate(written):
        for digit in "0123456789" if sign.isdigit() else "":
            try:
                found.append(date.fromisoformat(written[:place] + digit + written[place + 1 :]))
            except ValueError:
                continue
    return found


def _made(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


def _traits_of(row: Row[Any]) -> Traits:
    return Traits(
        person_id=row.id,
        given_name=row.given_name,
        family_name=row.family_name,
        birth_date=row.birth_date,
        expected_date=row.expected_date,
        sex=row.sex,
        postcodes=_those(row.postcodes),
        addresses=_those(row.addresses),
        former_postcodes=_those(row.former_postcodes),
        former_addresses=_those(row.former_addresses),
        nhs_number=row.nhs_number,
        upn=row.upn,
        la_child_id=row.la_child_id,
        reporters=frozenset(row.reporters),
    )


def _those(told: Sequence[str | None] | None) -> frozenset[str]:
    return frozenset(one for one in told or () if one)


async def add(tx: Transaction, matches: Sequence[tuple[Match, Strength]]) -> None:
    """Store candidates for a person to look at."""
    await tx.add(
        match,
        *[
            {
                "id": one.id,
                "referral_id": one.referral_id,
                "person_id": one.person_id,
                "known_person_id": one.known_person_id,
                "hits": [{"rule": hit.rule, "points": hit.points} for hit in one.hits],
                "points": one.points,
                "strength": strength,
                "state": one.state,
                "found_at": tx.now,
                "revision": 1,
            }
            for one, strength in matches
        ],
    )


async def get(tx: Transaction, match_id: UUID) -> Match:
    """Return a match; raise `NotFound`."""
    row = await tx.row(select(match).where(match.c.id == match_id))
    if row is None:
        raise NotFound
    return of_row(row)


async def take(tx: Transaction, match_id: UUID) -> Match:
    """Return a match that is about to be decided, locked; raise `NotFound`."""
    row = await tx.row(select(match).where(match.c.id == match_id).with_for_update())
    if row is None:
        raise NotFound
    return of_row(row)


async def save(tx: Transaction, decided: Match, *, revision: int) -> int:
    """Store what was decided about a match; return the new revision."""
    return await tx.change(
        match,
        id=decided.id,
        revision=revision,
        state=decided.state,
        decided_by=decided.decided_by,
        decided_at=decided.decided_at,
        reason=decided.reason,
    )


async def settle_others(tx: Transaction, confirmed: Match, *, known_id: UUID) -> None:
    """Reject what else was thought of the person, who is somebody now; point what was thought to be them at that one."""
    other = match.alias()
    thought_already = (
        select(other.c.id)
        .where(other.c.person_id == match.c.person_id, other.c.known_person_id == known_id)
        .correlate(match)
        .exists()
    )
    of_them = and_(match.c.known_person_id == confirmed.person_id, match.c.state == MatchState.OPEN)
    await tx.do(
        update(match)
        .where(
            match.c.state == MatchState.OPEN,
            or_(
                match.c.person_id == confirmed.person_id,
                and_(of_them, or_(match.c.person_id == known_id, thought_already)),
            ),
        )
        .values(
            state=MatchState.REJECTED,
            decided_by=confirmed.decided_by,
            decided_at=confirmed.decided_at,
            reason=confirmed.reason,
            revision=match.c.revision + 1,
        )
    )
    await tx.do(update(match).where(of_them).values(known_person_id=known_id, revision=match.c.revision + 1))


def hits_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Hit, ...]:
    """Return the rules that spoke, with their sentences."""
    return tuple(Hit(RuleCode(hit["rule"]), hit["points"], SENTENCES[RuleCode(hit["rule"])]) for hit in stored)


def of_row(row: Row[Any]) -> Match:
    """Return the match of a row."""
    return Match(
        id=row.id,
        referral_id=row.referral_id,
        person_id=row.person_id,
        known_person_id=row.known_person_id,
        hits=hits_of(row.hits),
        points=row.points,
        state=MatchState(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        revision=row.revision,
    )
