"""Numbers that come in as JSON numbers and are reckoned with as decimals."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

#: A JSON number, neither text nor true or false; its bounds are checked by the rules.
Number = Annotated[float, Field(strict=True, ge=-1_000_000, le=1_000_000)]


def exact(number: float) -> Decimal:
    """Return the decimal that was written."""
    return Decimal(str(number))
