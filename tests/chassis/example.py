"""The smallest whole service: a box that is opened, filled and closed, and that hears of another's boxes."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Row, Table, Text, Uuid, select

from libs.chassis import audit
from libs.chassis.aliases import merged_ids
from libs.chassis.database import Transaction
from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.fields import Body, CodeText, Day, Line, Moment, Note, Resource, Whole
from libs.chassis.inbox import Heard
from libs.chassis.operations import OPERATE
from libs.chassis.outbox import emit, happened_at
from libs.chassis.pagination import Page, WantedPage, rows_after
from libs.chassis.service import Service
from libs.chassis.tables import service_metadata
from libs.chassis.ticks import Tick
from libs.contracts.envelope import Code, Event
from libs.kernel.errors import Conflict, NotFound
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role

#: Whose all boxes are.
FAMILY = derived_id("example", "family")

metadata = service_metadata()
box = Table(
    "box",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("label", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("things", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "state", "id"),
)
heard_box = Table(
    "heard_box", metadata, Column("id", Uuid, primary_key=True), Column("things", Integer, nullable=False)
)
merged_box = merged_ids("merged_box", metadata)


class BoxOpened(Event, type="events.example.box.opened.v1", aggregate="box_id"):
    """A box was opened."""

    box_id: UUID
    state: Code


class BoxFilled(Event, type="events.elsewhere.box.filled.v1", aggregate="box_id"):
    """A box of another service got things."""

    box_id: UUID
    things: int


class AlreadyClosed(Conflict):
    """The box is closed."""


class NewBox(Body):
    """What is needed to open a box."""

    label: Line
    story: Note | None = None
    things: Whole = 0
    on: Day | None = None
    occurred_at: Moment | None = None


class Pouring(Body):
    """Where the things go."""

    into: UUID


class Box(Resource):
    """A box."""

    path: ClassVar[str] = "/v1/boxes"

    label: str
    state: str
    things: int


routes = router(tags=["boxes"])


@routes.post("/boxes", status_code=201, dependencies=[may("boxes:open")])
async def open_box(tx: Tx, body: NewBox) -> Box:
    """Open a box."""
    at = happened_at(tx, body.occurred_at)
    opened = {"id": new_id(), "label": body.label, "state": "open", "things": body.things, "revision": 1}
    await tx.add(box, opened)
    emit(tx, BoxOpened(box_id=opened["id"], state="open"), occurred_at=at)
    audit.record(tx, "boxes:open", record_id=opened["id"], family_id=FAMILY)
    return Box.model_validate(opened)


@routes.get("/boxes", dependencies=[may("boxes:read")])
async def list_boxes(tx: Tx, wanted: WantedPage, state: CodeText | None = None) -> Page[Box]:
    """List boxes."""
    query = select(box)
    if state:
        query = query.where(box.c.state == state)
    rows, following = await rows_after(tx, query, keys=[box.c.id], wanted=wanted)
    return Page(items=[Box.model_validate(row) for row in rows], next=following)


@routes.get("/boxes/{box_id}", dependencies=[may("boxes:read")])
async def read_box(tx: Tx, box_id: UUID) -> Box:
    """Read a box."""
    return Box.model_validate(await _get(tx, box_id))


@routes.post("/boxes/{box_id}:close", dependencies=[may("boxes:close")])
async def close_box(tx: Tx, box_id: UUID, revision: IfMatch) -> Box:
    """Close a box."""
    row = await _get(tx, box_id)
    if row.state == "closed":
        raise AlreadyClosed("It was closed before.", state=row.state)
    revision = await tx.change(box, id=box_id, revision=revision, state="closed")
    audit.record(tx, "boxes:close", record_id=box_id)
    return Box.model_validate({**row._mapping, "state": "closed", "revision": revision})


@routes.post("/boxes/{box_id}:break", dependencies=[may("boxes:close")])
async def break_box(tx: Tx, box_id: UUID) -> Box:
    """Fail with a secret in the message, after having written."""
    await tx.add(box, {"id": box_id, "label": "half", "state": "open", "things": 0, "revision": 1})
    raise RuntimeError("the secret of Ada Example")


@routes.post("/boxes/{box_id}:pour", dependencies=[may("boxes:close")])
async def pour_box(tx: Tx, box_id: UUID, body: Pouring) -> Box:
    """Pour what is in a box into another one."""
    poured = await take(tx, box_id)
    filled = await take(tx, body.into)
    await tx.change(box, id=box_id, revision=poured.revision, things=0)
    revision = await tx.change(box, id=body.into, revision=filled.revision, things=filled.things + poured.things)
    return Box.model_validate({**filled._mapping, "things": filled.things + poured.things, "revision": revision})


async def take(tx: Transaction, box_id: UUID) -> Row[Any]:
    """Lock a box."""
    row = await tx.row(select(box).where(box.c.id == box_id).with_for_update())
    if row is None:
        raise NotFound
    return row


async def _get(tx: Transaction, box_id: UUID) -> Row[Any]:
    row = await tx.row(select(box).where(box.c.id == box_id))
    if row is None:
        raise NotFound
    return row


async def on_box_filled(tx: Transaction, heard: Heard[BoxFilled]) -> None:
    """Count the things, and fail on a negative number of them."""
    if heard.event.things < 0:
        raise ValueError("a poison")
    await tx.connection.exec_driver_sql(
        "INSERT INTO heard_box VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET things = heard_box.things + excluded.things",
        (heard.event.box_id, heard.event.things),
    )


async def close_all(tx: Transaction) -> int:
    """Close one open box at a time."""
    row = await tx.row(select(box).where(box.c.state == "open").limit(1))
    if row is None:
        return 0
    await tx.change(box, id=row.id, revision=row.revision, state="closed")
    return 1


EVERYBODY = frozenset(Role)
SERVICE = Service(
    name="example",
    purpose="Boxes",
    routers=(routes,),
    grants={
        "boxes:open": frozenset({Role.SCREENER}),
        "boxes:read": frozenset({Role.SCREENER, Role.ANALYST}),
        "boxes:close": frozenset({Role.SCREENER}),
        OPERATE: frozenset({Role.SERVICE_ADMIN}),
    },
    subscriptions={BoxFilled: on_box_filled},
    ticks=(Tick("close-all", 60, close_all),),
)
