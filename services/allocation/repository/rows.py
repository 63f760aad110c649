"""How a frozen value becomes the columns of a row: fields and columns have the same names."""

from dataclasses import fields
from typing import Any


def values_of(value: Any) -> dict[str, Any]:
    """Return the columns of a frozen value: sets become sorted lists, tuples lists, codes text."""
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str) else value
