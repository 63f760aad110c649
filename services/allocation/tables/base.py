"""What all of allocation's tables share."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.tables import service_metadata

metadata = service_metadata()


def identity() -> Column[Any]:
    """Make the primary key of a record."""
    return Column("id", Uuid, primary_key=True)


def revision() -> Column[Any]:
    """Make the count of changes."""
    return Column("revision", Integer, nullable=False)


def ids(name: str) -> Column[Any]:
    """Make a list of ids."""
    return Column(name, ARRAY(Uuid), nullable=False)


def codes(name: str) -> Column[Any]:
    """Make a list of codes."""
    return Column(name, ARRAY(Text), nullable=False)


def one_of(column: str, allowed: Iterable[StrEnum]) -> CheckConstraint:
    """Make the constraint that a column holds one of some codes."""
    listed = ", ".join(f"'{code}'" for code in allowed)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
