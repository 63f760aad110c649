"""Who did or read what: rows written in the same transaction, before the answer leaves."""

from uuid import UUID

from libs.chassis.database import Transaction


def record(
    tx: Transaction,
    action: str,
    *,
    record_id: UUID | None = None,
    family_id: UUID | None = None,
    purpose: str | None = None,
    outcome: str = "done",
) -> None:
    """Note that the transaction's caller did `action` (such as `referrals:accept`) to a record of a family."""
    tx.audit_rows.append(
        {
            "at": tx.now,
            "actor_id": tx.by.id,
            "actor_kind": tx.by.kind,
            "client_id": tx.by.client_id,
            "roles": sorted(tx.by.roles),
            "action": action,
            "record_id": record_id,
            "family_id": family_id,
            "purpose": purpose,
            "outcome": outcome,
            "correlation_id": tx.correlation_id,
        }
    )
