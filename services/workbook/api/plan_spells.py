"""Plan spells and conferences over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.workbook import tables
from services.workbook.commands import conferences, plan_changes, spells
from services.workbook.commands.conferences import Held
from services.workbook.domain.beginnings import Begun
from services.workbook.domain.conferences import ChildDecision, Conference
from services.workbook.queries import team as queries
from services.workbook.repository import rows
from services.workbook.schemas import statutory as schemas
from services.workbook.schemas.shown import shown

routes = router(tags=["plan spells and conferences"])


@routes.post("/workbooks/{workbook_id}/plan-spells", status_code=201, dependencies=[may("spells:start")])
async def start_plans(tx: Tx, workbook_id: UUID, body: schemas.NewPlans) -> schemas.PlanSpells:
    """Put children onto a plan: all or none, every broken rule named with its census number.

    A child protection plan begins with its initial conference: record that, and each plan it decided on has begun.
    Naming the conference's day here answers with the plan that runs; another category of abuse is refused. A
    looked-after child needs a `placement`, and a manager.
    """
    children = [
        Begun(
            child_id=child.child_id,
            category=child.category,
            previous_cp_plans=child.previous_cp_plans,
            placement=child.placement,
        )
        for child in body.children
    ]
    new = await spells.start(
        tx,
        workbook_id=workbook_id,
        kind=body.kind,
        started_on=body.started_on,
        children=children,
        letter_sent_on=body.letter_sent_on,
    )
    items = [shown(schemas.PlanSpell, each.spell, workbook_id=workbook_id, revision=each.revision) for each in new]
    return schemas.PlanSpells(items=items)


@routes.get("/workbooks/{workbook_id}/plan-spells", dependencies=[may("workbooks:read")])
async def list_plan_spells(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.PlanSpell]:
    """List the plans that the family's children were on, latest first."""
    found, following = await queries.listed(
        tx, tables.plan_spell, workbook_id, by="started_on", wanted=wanted, action="spells:read"
    )
    return Page(items=[shown(schemas.PlanSpell, each) for each in found], next=following)


@routes.get("/plan-spells/{spell_id}", dependencies=[may("workbooks:read")])
async def read_plan_spell(tx: Tx, spell_id: UUID) -> schemas.PlanSpell:
    """Read one child's plan."""
    row = await queries.one(tx, tables.plan_spell, spell_id, action="spells:read")
    return shown(schemas.PlanSpell, row)


@routes.post("/plan-spells/{spell_id}:end", dependencies=[may("spells:end")])
async def end_plan(tx: Tx, spell_id: UUID, revision: IfMatch, body: schemas.PlanEnd) -> schemas.PlanSpell:
    """End a child's plan."""
    held = await spells.end(tx, spell_id=spell_id, revision=revision, ended_on=body.ended_on, reason=body.reason)
    return shown(schemas.PlanSpell, held.spell, workbook_id=held.workbook_id, revision=held.revision)


@routes.post("/plan-spells/{spell_id}:change-category", dependencies=[may("spells:change-category")])
async def change_category(tx: Tx, spell_id: UUID, revision: IfMatch, body: schemas.NewCategory) -> schemas.PlanSpell:
    """Give a child protection plan another category of abuse."""
    held = await plan_changes.change_category(
        tx, spell_id=spell_id, revision=revision, category=body.category, changed_on=body.changed_on
    )
    return shown(schemas.PlanSpell, held.spell, workbook_id=held.workbook_id, revision=held.revision)


@routes.post("/plan-spells/{spell_id}:place", dependencies=[may("spells:place")])
async def place_child(tx: Tx, spell_id: UUID, revision: IfMatch, body: schemas.NewPlacement) -> schemas.PlanSpell:
    """Record that a looked-after child was placed."""
    held = await plan_changes.place(
        tx, spell_id=spell_id, revision=revision, placement=body.placement, placed_on=body.placed_on
    )
    return shown(schemas.PlanSpell, held.spell, workbook_id=held.workbook_id, revision=held.revision)


@routes.post("/plan-spells/{spell_id}:send-letter", dependencies=[may("spells:send-letter")])
async def send_letter(tx: Tx, spell_id: UUID, revision: IfMatch, body: schemas.Letter) -> schemas.PlanSpell:
    """Record the letter before proceedings."""
    held = await plan_changes.send_letter(
        tx,
        spell_id=spell_id,
        revision=revision,
        sent_on=body.sent_on,
        offered=body.offered,
        exemption=body.exemption,
    )
    return shown(schemas.PlanSpell, held.spell, workbook_id=held.workbook_id, revision=held.revision)


@routes.post("/plan-spells/{spell_id}:record-birth", dependencies=[may("spells:record-birth")])
async def record_birth_on_plan(
    tx: Tx, spell_id: UUID, revision: IfMatch, body: schemas.BirthOnPlan
) -> schemas.PlanSpell:
    """Record the birth of a child who was on a child protection plan before it, correct it, or take it back."""
    held = await plan_changes.record_birth(tx, spell_id=spell_id, revision=revision, born_on=body.born_on)
    return shown(schemas.PlanSpell, held.spell, workbook_id=held.workbook_id, revision=held.revision)


def _conference(held: Held) -> schemas.Conference:
    said = held.conference
    return shown(schemas.Conference, said, workbook_id=held.workbook_id, revision=1, children=list(said.decisions))


@routes.post("/workbooks/{workbook_id}/conferences", status_code=201, dependencies=[may("conferences:record")])
async def record_conference(tx: Tx, workbook_id: UUID, body: schemas.NewConference) -> schemas.Conference:
    """Record a conference or statutory meeting that was held.

    An initial conference starts the child protection plan of each child for whom it decided on one (`category`
    is needed then, and `previous_cp_plans` counts those of other authorities too), with its clocks, and ends the
    early help or child in need plan that the child was on. Where a plan cannot begin, the whole is refused with
    the reason for each child; so is a second one on the same day or while the child is on such a plan (409).
    """
    held = await conferences.hold(
        tx,
        workbook_id=workbook_id,
        kind=body.kind,
        held_on=body.held_on,
        decisions=tuple(
            ChildDecision(each.child_id, each.plan, each.category, each.participation, each.previous_cp_plans)
            for each in body.children
        ),
        chair_id=body.chair_id,
        agencies=body.agencies,
    )
    return _conference(held)


@routes.get("/workbooks/{workbook_id}/conferences", dependencies=[may("workbooks:read")])
async def list_conferences(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.Conference]:
    """List a workbook's conferences and statutory meetings, latest first."""
    found, following = await queries.listed(
        tx, tables.conference, workbook_id, by="held_on", wanted=wanted, action="conferences:read"
    )
    items = [_conference(Held(workbook_id, rows.read(Conference, row))) for row in found]
    return Page(items=items, next=following)


@routes.get("/conferences/{conference_id}", dependencies=[may("workbooks:read")])
async def read_conference(tx: Tx, conference_id: UUID) -> schemas.Conference:
    """Read a conference."""
    row = await queries.one(tx, tables.conference, conference_id, action="conferences:read")
    return _conference(Held(row.workbook_id, rows.read(Conference, row)))
