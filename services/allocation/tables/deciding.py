"""Requests for a worker, and the proposals that answer them."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.tables import Day, Moment
from services.allocation.domain.cases import Share
from services.allocation.domain.proposal import ProposalState
from services.allocation.domain.request import CancelReason, RequestPurpose, RequestState
from services.allocation.tables.base import codes, identity, ids, metadata, one_of, revision

#: Written out, never as parameters, so that PostgreSQL sees that the partial indexes hold.
UNALLOCATED = text("request.state IN ('open', 'proposed', 'waiting')")
UNDECIDED = text("proposal.state IN ('proposed', 'infeasible')")
OFFERED = text("proposal.state = 'proposed'")
_UNALLOCATED = text("state IN ('open', 'proposed', 'waiting')")

request = Table(
    "request",
    metadata,
    identity(),
    Column("family_id", Uuid, nullable=False),
    Column("referral_id", Uuid),
    Column("purpose", Text, nullable=False),
    ids("children"),
    ids("adults"),
    Column("area", Text, nullable=False),
    Column("rag", Text, nullable=False),
    Column("share", Text, nullable=False),
    codes("skills"),
    codes("languages"),
    Column("needs_interpreter", Boolean, nullable=False),
    Column("split_asked", Boolean, nullable=False),
    Column("previous_worker_id", Uuid),
    Column("reason", Text),
    Column("state", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("waiting_since", Moment),
    Column("filled_at", Moment),
    Column("cancelled_at", Moment),
    Column("cancel_reason", Text),
    # The last day on which a waiting family was looked at again.
    Column("tried_on", Day),
    # The last turn of the load tick whose changes it was looked at with.
    Column("looked_turn", BigInteger, nullable=False, server_default=text("0")),
    revision(),
    one_of("purpose", RequestPurpose),
    one_of("share", Share),
    one_of("state", RequestState),
    one_of("cancel_reason", CancelReason),
    CheckConstraint("(state = 'filled') = (filled_at IS NOT NULL)", name="filled"),
    CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
    Index("ix_request_requested_at_id", "requested_at", "id"),
    Index("ix_request_state_requested_at_id", "state", "requested_at", "id"),
    Index("ix_request_area_requested_at_id", "area", "requested_at", "id"),
    Index("ix_request_unallocated", "requested_at", "id", postgresql_where=_UNALLOCATED),
    Index("ix_request_unallocated_area", "area", "requested_at", "id", postgresql_where=_UNALLOCATED),
    Index("ix_request_family_id_requested_at_id", "family_id", "requested_at", "id"),
    Index(
        "uq_request_unallocated_referral",
        "referral_id",
        unique=True,
        postgresql_where=text("state IN ('open', 'proposed', 'waiting') AND purpose = 'new_family'"),
    ),
)

proposal = Table(
    "proposal",
    metadata,
    identity(),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("scheme_version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("baseline", Text, nullable=False),
    Column("ranking", JSONB, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", Moment),
    Column("worker_id", Uuid),
    Column("rank", Integer),
    Column("reason", Text),
    Column("text", Text),
    Column("oversight_note", Text),
    Column("note_is_sensitive", Boolean, nullable=False),
    revision(),
    one_of("state", ProposalState),
    CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided"),
    Index(None, "request_id", "made_at", "id"),
    Index(
        "uq_proposal_undecided",
        "request_id",
        unique=True,
        postgresql_where=text("state IN ('proposed', 'infeasible')"),
    ),
    Index("ix_proposal_expires_at", "expires_at", postgresql_where=text("state = 'proposed'")),
)
