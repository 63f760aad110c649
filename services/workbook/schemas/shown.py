"""Frozen values as answers."""

from typing import Any, TypeVar

from libs.chassis.fields import View

A = TypeVar("A", bound=View)


def shown(schema: type[A], value: Any, **more: Any) -> A:
    """Make the answer of a frozen value or a row; `more` are fields that the value does not have."""
    names = [name for name in schema.model_fields if name not in more and hasattr(value, name)]
    return schema.model_validate({**{name: getattr(value, name) for name in names}, **more})
