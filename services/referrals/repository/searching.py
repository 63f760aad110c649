"""Finding people by what somebody who searches by hand knows of their names: one statement, each part on an index."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from libs.chassis.database import Transaction
from services.referrals.domain.matching import Traits
from services.referrals.domain.names import folded
from services.referrals.repository.matching import with_traits

#: Of each way to be found so many people at most are looked at: those who fit best, first.
_MOST = 200

_NEAR_YEAR = "abs(extract(year FROM coalesce(birth_date, expected_date)) - CAST(:year AS int)) NULLS LAST"

_BY_FAMILY_NAME = f"""
    (SELECT 0 AS place, id FROM person
    WHERE CAST(:family AS text) <% family_key AND same_as IS NULL
    ORDER BY family_key = CAST(:family AS text) DESC, similarity(given_key, CAST(:given AS text)) DESC NULLS LAST,
        {_NEAR_YEAR}, word_similarity(CAST(:family AS text), family_key) DESC, id LIMIT {_MOST})
    """  # noqa: S608 - only our own text goes in
_BY_GIVEN_NAME = f"""
    (SELECT 0 AS place, id FROM person
    WHERE CAST(:given AS text) <% given_key AND same_as IS NULL
    ORDER BY given_key = CAST(:given AS text) DESC, {_NEAR_YEAR},
        word_similarity(CAST(:given AS text), given_key) DESC, id LIMIT {_MOST})
    """  # noqa: S608 - only our own text goes in
# Also who is recorded with both names the other way round.
_BY_WHOLE_NAME = f"""
    (SELECT 0 AS place, id FROM person
    WHERE name_key % CAST(:name AS text) AND same_as IS NULL
    ORDER BY similarity(name_key, CAST(:name AS text)) DESC, id LIMIT {_MOST})
    """  # noqa: S608 - only our own text goes in


def finding(sought: Traits, *, birth_year: int | None) -> tuple[TextClause, dict[str, Any]] | None:
    """Return the statement that finds who is named so, with its parameters; None without a name."""
    family, given = folded(sought.family_name), folded(sought.given_name)
    born = sought.birth_date or sought.expected_date
    told: dict[str, Any] = {"year": born.year if born else birth_year}
    if family and given:
        told |= {"family": family, "given": given, "name": f"{given} {family}"}
        return text(f"{_BY_FAMILY_NAME} UNION {_BY_WHOLE_NAME}"), told
    if family:
        return text(_BY_FAMILY_NAME), told | {"family": family, "given": None}
    return (text(_BY_GIVEN_NAME), told | {"given": given}) if given else None


async def named_like(tx: Transaction, sought: Traits, *, birth_year: int | None) -> Mapping[UUID, tuple[Traits, ...]]:
    """Return the known people who have such a name."""
    found = finding(sought, birth_year=birth_year)
    if found is None:
        return {}
    rows = await tx.connection.execute(*found)
    return await with_traits(tx, [sought], rows.all())
