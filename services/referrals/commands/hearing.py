"""What other services say, and what it means for a referral."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import ReferralAllocated
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.errors import NotFound
from services.referrals.commands import clocks, steps
from services.referrals.domain import referral as rules
from services.referrals.domain import strategy as strategies
from services.referrals.domain.clock_rules import Happening
from services.referrals.domain.clocks import Occasion
from services.referrals.domain.ending import WorkEnded
from services.referrals.domain.referral import Referral, WorkbookStanding
from services.referrals.domain.states import State
from services.referrals.domain.strategy import StrategyDiscussion
from services.referrals.repository import clocks as running
from services.referrals.repository import families, people, referrals
from services.referrals.repository import strategy as repository

#: States in which a worker or a workbook can belong to a referral.
_WORKED = frozenset({State.ACCEPTED, State.ALLOCATED})
_ANY = frozenset(State)


async def allocated(
    tx: Transaction,
    *,
    referral_id: UUID | None,
    family_id: UUID,
    worker_id: UUID,
    children: frozenset[UUID],
    at: datetime,
) -> None:
    """Note the family's lead worker; without a referral's id the family's accepted one is meant."""
    referral = await _find(tx, referral_id, family_id, states=_WORKED)
    if referral is None or referral.worker_id == worker_id:
        return
    # Who takes a family over leads all of its children, by whichever referral of the one workbook they came.
    for each in await referrals.in_open_workbook(tx, referral.family_id, received_before=at):
        taken_over = each.state is State.ALLOCATED and children.issuperset(each.children)
        if each.id != referral.id and taken_over and each.worker_id != worker_id:
            await steps.save(tx, rules.allocate(each, worker_id=worker_id, at=at), verb="allocate")
    first = referral.state is State.ACCEPTED
    saved = await steps.save(tx, rules.allocate(referral, worker_id=worker_id, at=at), verb="allocate")
    if first:
        emit(
            tx,
            ReferralAllocated(referral_id=saved.id, family_id=saved.family_id, worker_id=worker_id),
            occurred_at=max(at, saved.changed_at),
        )


async def unallocated(tx: Transaction, *, referral_id: UUID | None, family_id: UUID, worker_id: UUID) -> None:
    """Note that the family's worker no longer holds it."""
    referral = await _find(tx, referral_id, family_id, states=_WORKED)
    if referral is None or referral.worker_id != worker_id:
        return
    await steps.save(tx, rules.unallocate(referral, worker_id=worker_id), verb="unallocate")


async def note_workbook(
    tx: Transaction,
    *,
    referral_id: UUID | None,
    further: Iterable[UUID] = (),
    family_id: UUID,
    standing: WorkbookStanding,
    ended: WorkEnded | None = None,
) -> None:
    """Note that the family's workbook was opened, or closed and why, for each referral it answers; closing waits for it."""
    # In the order of their ids, so that nobody who takes two of them waits for one who waits for them.
    named: list[UUID | None] = [*sorted({one for one in (referral_id, *further) if one is not None})]
    for each in named or [None]:
        referral = await _find(tx, each, family_id, states=_WORKED)
        if referral is None or referral.workbook is standing:
            continue
        await steps.save(tx, rules.heard_workbook(referral, standing, ended=ended), verb="hear-workbook")


async def assessment_authorised(
    tx: Transaction, *, referral_id: UUID | None, family_id: UUID, children: tuple[UUID, ...], at: datetime
) -> None:
    """Meet the assessment's clock, also of what had joined the workbook before, if all of its children were assessed.

    The workbook names its first referral whichever children an assessment is about: there one of its own is enough,
    or that no child is named.
    """
    authorised = Occasion(happening=Happening.ASSESSMENT_AUTHORISED, at=at)
    assessed = await people.ids_of(tx, children)
    first = await _find(tx, referral_id, family_id, states=_ANY)
    if first is not None and (not assessed or not assessed.isdisjoint(first.children)):
        await _save_if_turned(tx, first, authorised)
    for each in await referrals.in_open_workbook(tx, family_id, received_before=at):
        if (first is None or each.id != first.id) and assessed.issuperset(each.children):
            await _save_if_turned(tx, each, authorised)


async def enquiry_started(
    tx: Transaction,
    *,
    referral_id: UUID | None,
    family_id: UUID,
    child_id: UUID,
    strategy_id: UUID | None,
    at: datetime,
) -> None:
    """Meet the strategy discussion's clock: it was held; leave those of the enquiry to the workbook, which runs them.

    A discussion that the workbook took up is in it with all of its children.
    """
    await _turn(tx, referral_id, family_id, Occasion(happening=Happening.STRATEGY_HELD, at=at))
    children = await people.ids_of(tx, [child_id])
    begun = (
        await repository.enquiring_about(tx, children, referral_id=referral_id)
        if strategy_id is None
        else await repository.referral_of(tx, strategy_id)
    )

    def taken_up(one: StrategyDiscussion) -> StrategyDiscussion:
        about = frozenset(one.children) if one.id == strategy_id else children
        return strategies.take_up(one, children=about, at=tx.now)

    await _settle(tx, begun, taken_up, at=tx.now)


async def strategy_joined(tx: Transaction, *, strategy_id: UUID) -> None:
    """Leave the clocks of a discussion's enquiries to the workbook: they belong to one that it had already."""
    begun = await repository.referral_of(tx, strategy_id)

    def taken_up(one: StrategyDiscussion) -> StrategyDiscussion:
        about = frozenset(one.children) if one.id == strategy_id else frozenset[UUID]()
        return strategies.take_up(one, children=about, at=tx.now)

    await _settle(tx, begun, taken_up, at=tx.now)


async def conference_held(tx: Transaction, *, children: tuple[UUID, ...], at: datetime) -> None:
    """Note the conference of each child; after the last the clock is met."""
    about, on = await people.ids_of(tx, children), local_day(at)
    for referral_id in await repository.awaiting_conference(tx, about):
        await _settle(tx, referral_id, lambda one: strategies.hold_conference(one, children=about, on=on), at=at)


async def enquiry_ended(
    tx: Transaction, *, referral_id: UUID | None, child_id: UUID, outcome: str, at: datetime
) -> None:
    """End one child's enquiry; after the last its clock is met, and the conference's may be needless.

    Discussions of other referrals may belong to it; without an end of theirs no further one could begin an enquiry.
    """
    about, on = await people.ids_of(tx, [child_id]), local_day(at)
    begun = await repository.enquiring_about(tx, about, referral_id=referral_id)
    others = await repository.taken_up(tx, about, held_before=start_of_day(on + timedelta(days=1)))
    for each in sorted({*others, *([begun] if begun else [])}):
        await _settle(tx, each, lambda one: strategies.end_enquiry(one, children=about, outcome=outcome, on=on), at=at)


async def _settle(
    tx: Transaction,
    referral_id: UUID | None,
    change: Callable[[StrategyDiscussion], StrategyDiscussion],
    *,
    at: datetime,
) -> None:
    """Change the enquiries about a referral's children, and the clocks that wait for the last of them."""
    if referral_id is None:
        return
    referral = await referrals.lock(tx, referral_id)
    before = await repository.of_referral(tx, referral_id)
    after = tuple(change(one) for one in before)
    if after == before:
        return
    for old, new in zip(before, after, strict=True):
        await repository.save_enquiries(tx, old, new)
    occasions = strategies.settled(after, clocks=await running.of_referral(tx, referral_id), at=at)
    if occasions:
        await _save_if_turned(tx, referral, *occasions)


async def _find(
    tx: Transaction, referral_id: UUID | None, family_id: UUID, *, states: frozenset[State]
) -> Referral | None:
    if referral_id is None:
        found = await referrals.of_family(tx, family_id, states=states)
        return found or await _of_the_family_that_stays(tx, family_id, states=states)
    try:
        named = await referrals.lock(tx, referral_id)
    except NotFound:
        # Not one of ours: a service restored to an earlier point may know more than we do.
        return None
    return named if named.state in states else None


async def _of_the_family_that_stays(tx: Transaction, family_id: UUID, *, states: frozenset[State]) -> Referral | None:
    # Another service may not have heard yet that two records became one family.
    try:
        family, _ = await families.get(tx, family_id)
    except NotFound:
        return None
    return None if family.id == family_id else await referrals.of_family(tx, family.id, states=states)


async def _turn(tx: Transaction, referral_id: UUID | None, family_id: UUID, *occasions: Occasion) -> None:
    referral = await _find(tx, referral_id, family_id, states=_ANY)
    if referral is not None:
        await _save_if_turned(tx, referral, *occasions)


async def _save_if_turned(tx: Transaction, referral: Referral, *occasions: Occasion) -> None:
    turned = await clocks.turn(tx, referral, *occasions)
    if turned != referral:
        await steps.save(tx, turned, verb="hear")
