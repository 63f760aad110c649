"""What all of the workbook's tables share."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.tables import service_metadata

metadata = service_metadata()


def identity() -> Column[Any]:
    """Make the primary key of a record."""
    return Column("id", Uuid, primary_key=True)


def of_workbook() -> Column[Any]:
    """Make the reference to the workbook that a record belongs to."""
    return Column("workbook_id", Uuid, ForeignKey("workbook.id"), nullable=False)


def revision() -> Column[Any]:
    """Make the count of changes."""
    return Column("revision", Integer, nullable=False)


def ids(name: str) -> Column[Any]:
    """Make a list of ids."""
    return Column(name, ARRAY(Uuid), nullable=False)


def one_of(column: str, codes: Iterable[StrEnum]) -> CheckConstraint:
    """Make the constraint that a column holds one of some codes."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
