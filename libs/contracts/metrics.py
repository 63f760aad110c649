"""What metrics says: results are ready."""

from datetime import date
from uuid import UUID

from libs.contracts.envelope import AuditHead, Code, Event

_E = "events.metrics"


class RunCompleted(Event, type=f"{_E}.run.completed.v1", aggregate="run_id"):
    """A measure was computed for a window and kept."""

    run_id: UUID
    measure: Code
    version: int
    data_on: date


class PublicationReleased(Event, type=f"{_E}.publication.released.v1", aggregate="publication_id"):
    """A suppressed table was released."""

    publication_id: UUID
    measure: Code
    version: int


class AuditSealed(AuditHead, Event, type=f"{_E}.audit.sealed.v1", aggregate="log_id"):
    """A batch of the audit was sealed."""


class PublicationWithdrawn(Event, type=f"{_E}.publication.withdrawn.v1", aggregate="publication_id"):
    """A table is no longer ours to stand by, released or not."""

    publication_id: UUID
    measure: Code
    version: int
    reason: Code
