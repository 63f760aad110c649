"""Suppressed tables on their way to the public."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.metrics.commands import publications, published
from services.metrics.domain.publications import PublicationState
from services.metrics.queries import records
from services.metrics.schemas import (
    NewPublication,
    NewRevision,
    PublicationSummary,
    PublicationView,
    RevisionView,
    Withdrawal,
)

routes = router(tags=["publications"])


@routes.post("/publications", status_code=201, dependencies=[may("publications:make")])
async def make_publication(tx: Tx, body: NewPublication) -> PublicationView:
    """Make a publication of a run in the publishable view; it is checked while it is made."""
    made, table = await publications.make(tx, run_id=body.run_id)
    return PublicationView.of(made, table)


@routes.get("/publications", dependencies=[may("publications:read")])
async def list_publications(
    tx: Tx, wanted: WantedPage, state: PublicationState | None = None
) -> Page[PublicationSummary]:
    """List publications, the newest first."""
    rows, following = await records.publications(tx, wanted, state=state)
    return Page(items=[PublicationSummary.model_validate(row) for row in rows], next=following)


@routes.get("/publications/{publication_id}", dependencies=[may("publications:read")])
async def read_publication(tx: Tx, publication_id: UUID) -> PublicationView:
    """Read a publication and its table."""
    return PublicationView.of(*await records.one_publication(tx, publication_id))


@routes.post("/publications/{publication_id}:release", dependencies=[may("publications:release")])
async def release_publication(tx: Tx, publication_id: UUID, revision: IfMatch) -> PublicationView:
    """Release a publication, unless with a released table it would show a small count."""
    return PublicationView.of(*await publications.release(tx, publication_id=publication_id, revision=revision))


@routes.post("/publications/{publication_id}:withdraw", dependencies=[may("publications:release")])
async def withdraw_publication(tx: Tx, publication_id: UUID, revision: IfMatch, body: Withdrawal) -> PublicationView:
    """Withdraw a publication, with a coded reason."""
    return PublicationView.of(
        *await publications.withdraw(tx, publication_id=publication_id, revision=revision, reason=body.reason)
    )


@routes.post("/revisions", dependencies=[may("publications:release")])
async def revise_published_figures(tx: Tx, body: NewRevision) -> RevisionView:
    """Let what is known now replace the frozen figures of a window, unless their difference would show a small count."""
    return RevisionView.of(await published.revise(tx, asked=body.asked()))
