"""Comparing people with those who are known: candidates are explained, a person confirms or rejects them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from rapidfuzz import fuzz

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import PersonLinked
from libs.kernel.errors import Conflict, Invalid
from libs.kernel.ids import new_id
from services.referrals.commands import re_referral, shielding, steps
from services.referrals.domain import matches as match_rules
from services.referrals.domain import referral as rules
from services.referrals.domain.household import Person, check_life, completed
from services.referrals.domain.intake import Place, Told
from services.referrals.domain.matches import Match
from services.referrals.domain.matching import Candidate, Scheme, Traits, candidates
from services.referrals.domain.referral import Referral
from services.referrals.repository import families, people, referrals, strategy
from services.referrals.repository import matching as repository

SCHEME = Scheme()
#: For each person so many candidates are worth a look.
_MOST = 5


class LivesDiffer(Conflict):
    """The two cannot be one person as they are recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody in a referral who may be a known person, and why."""

    match_id: UUID
    person_id: UUID
    candidate: Candidate


def similarity(one: str, other: str) -> float:
    """Say how alike two texts are, from 0 to 1, whatever the order of their words."""
    return fuzz.token_sort_ratio(one, other) / 100


def traits_of(told: Told, *, reporter: str = "") -> Traits:
    """Return what a person who is told of can be recognised by."""
    person = told.person
    return Traits(
        person_id=person.id,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date,
        expected_date=person.expected_date,
        sex=person.sex,
        postcodes=frozenset(one.postcode for one in told.whereabouts if one.postcode),
        addresses=frozenset(one.value for one in told.whereabouts if one.kind == "address"),
        nhs_number=person.nhs_number,
        upn=person.upn,
        la_child_id=person.la_child_id,
        reporters=frozenset({reporter} if reporter else ()),
    )


async def look(
    tx: Transaction, referral: Referral, strangers: Sequence[tuple[Place, Told]], *, reporter: str
) -> tuple[Found, ...]:
    """Compare the new people of a referral with those who are known, and keep the candidates for a person."""
    sought = [traits_of(told, reporter=reporter) for _, told in strangers]
    known = await repository.known_like(tx, sought)
    found = tuple(
        Found(match_id=new_id(), person_id=one.person_id, candidate=candidate)
        for one in sought
        for candidate in candidates(one, known.get(one.person_id, ()), similarity=similarity, scheme=SCHEME)[:_MOST]
    )
    await repository.add(
        tx,
        [
            (
                Match(
                    id=one.match_id,
                    referral_id=referral.id,
                    person_id=one.person_id,
                    known_person_id=one.candidate.person_id,
                    hits=one.candidate.hits,
                    points=one.candidate.points,
                ),
                one.candidate.strength,
            )
            for one in found
        ],
    )
    return found


async def reject(tx: Transaction, *, match_id: UUID, revision: int, reason: str) -> Match:
    """Say that the candidate is somebody else."""
    match = await repository.take(tx, match_id)
    steps.need(revision=revision, found=match.revision)
    rejected = match_rules.decide(match, verb="reject", reason=reason, by=tx.by.id, at=tx.now)
    return await _save(tx, rejected, action="reject")


async def confirm(tx: Transaction, *, match_id: UUID, revision: int, reason: str) -> Match:
    """Say that the person of the referral is the known one: the record is linked, nothing of it is deleted.

    Addresses, protected details, relationships and memberships go to the known person; families are
    merged by a verb of their own.
    """
    # The people first: whoever decides about the same two waits here, and not over each other's candidates.
    wanted = await repository.get(tx, match_id)
    two = await people.lock(tx, [wanted.person_id, wanted.known_person_id])
    match = await repository.take(tx, match_id)
    steps.need(revision=revision, found=match.revision)
    confirmed = match_rules.decide(match, verb="confirm", reason=reason, by=tx.by.id, at=tx.now)
    # Who was known may meanwhile have turned out to be somebody else.
    known, _ = await people.get(tx, match.known_person_id)
    if known.id not in two:
        await people.lock(tx, [known.id])
    await _link(tx, two[match.person_id], known=known)
    saved = await _save(tx, confirmed, action="confirm")
    await repository.settle_others(tx, confirmed, known_id=known.id)
    for referral in await referrals.naming(tx, match.person_id, besides=match.referral_id):
        await _recognise(tx, referral, person_id=match.person_id, known_id=known.id)
    emit(
        tx,
        PersonLinked(person_id=match.person_id, known_person_id=known.id, referral_id=match.referral_id),
    )
    return saved


async def _link(tx: Transaction, told: Person, *, known: Person) -> None:
    whole = completed(known, told)
    if whole != known:
        _check_one_life(whole)
        await people.complete(tx, whole)
    await people.link(tx, person_id=told.id, known_id=known.id)
    await shielding.bring_together(tx, told_id=told.id, known_id=known.id)
    await families.replace_member(tx, person_id=told.id, known_id=known.id)
    await families.move_relationships(tx, from_id=told.id, to_id=known.id)


def _check_one_life(whole: Person) -> None:
    try:
        check_life(whole)
    except Invalid as fault:
        raise LivesDiffer(f"{fault.detail} Correct one of the two records first.") from None


async def _recognise(tx: Transaction, referral: Referral, *, person_id: UUID, known_id: UUID) -> None:
    child = frozenset({known_id}) if person_id in referral.children else frozenset()
    earlier = await referrals.earlier_of(tx, child, before=referral.received_at, besides=referral.id)
    recognised = rules.recognise(referral, person_id=person_id, known_id=known_id, earlier=earlier)
    saved = await steps.save(tx, recognised, verb="recognise")
    await strategy.replace_child(tx, referrals=[referral.id], child_id=person_id, known_id=known_id)
    if saved.prior_referral_id != referral.prior_referral_id:
        re_referral.say(tx, saved)
    await re_referral.came_before(tx, saved, child)


async def _save(tx: Transaction, decided: Match, *, action: str) -> Match:
    revision = await repository.save(tx, decided, revision=decided.revision)
    audit.record(tx, f"matches:{action}", record_id=decided.id)
    return replace(decided, revision=revision)
