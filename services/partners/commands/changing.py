"""How every change to a request begins and ends."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import happened_at
from libs.contracts import partners as events
from services.partners.commands import saying
from services.partners.domain import sessions
from services.partners.domain.practitioners import Practitioner, PractitionerNotEligible
from services.partners.domain.request import Request, Verb
from services.partners.repository import directory, requests, visible
from services.partners.repository.directory import need_revision
from services.partners.repository.visible import Known


async def begin(
    tx: Transaction, request_id: UUID, *, revision: int, occurred_at: datetime | None
) -> tuple[Known, datetime]:
    """Return the request as the caller read it, and when what they say happened."""
    at = happened_at(tx, occurred_at)
    known = await visible.request(tx, request_id)
    need_revision(known.request.revision, revision)
    return known, at


async def named(tx: Transaction, practitioner_id: UUID | None) -> Practitioner | None:
    """Return the practitioner that the caller named, if any; refuse one that is not known."""
    found = await directory.practitioner(tx, practitioner_id)
    if practitioner_id is not None and found is None:
        raise PractitionerNotEligible("Name a practitioner of your own agency.", at="/practitioner_id")
    return found


async def keep(tx: Transaction, verb: Verb, known: Known, after: Request) -> Known:
    """Keep the change, note who made it, call off what was booked if the work has ended."""
    revision = await keep_request(tx, known.request, after)
    audit.record(tx, f"requests:{verb}", record_id=after.id, family_id=after.family_id)
    return replace(known, request=replace(after, revision=revision))


async def keep_request(tx: Transaction, before: Request, after: Request) -> int:
    """Keep the change of a request and return its revision; its booked sessions end with it."""
    revision = await requests.keep_request(tx, before, after)
    if before.accepted_at is not None and before.is_open and not after.is_open:
        for session in await requests.booked_sessions(tx, [after.id]):
            called_off = sessions.call_off(session, at=after.changed_at)
            await requests.keep_session(tx, called_off)
            saying.session(tx, events.SessionCancelled, called_off, at=after.changed_at)
    return revision
