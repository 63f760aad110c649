"""Numbers that come in as JSON numbers and are reckoned with as decimals."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from libs.chassis.fields import Bounds, Whole
from services.allocation.domain.scheme import HEAVIEST_WEIGHT, MOST_DAYS
from services.allocation.domain.workers import LONGEST_WEEK, MOST_DUTIES

#: A JSON number, neither text nor true or false; its bounds are checked by the rules.
Number = Annotated[float, Field(strict=True, ge=-1_000_000, le=1_000_000)]
#: A part of a whole that is there at all, such as of a full-time post.
Part = Annotated[Number, Bounds(above=0, most=1)]
#: What something is multiplied with; 0 takes it away.
Factor = Annotated[Number, Bounds(least=0, most=1)]
Points = Annotated[Number, Bounds(least=0)]
Positive = Annotated[Number, Bounds(above=0)]
Duties = Annotated[Number, Bounds(least=0, most=float(MOST_DUTIES))]
Hours = Annotated[Number, Bounds(above=0, most=float(LONGEST_WEEK))]
Weight = Annotated[Number, Bounds(least=0, most=float(HEAVIEST_WEIGHT))]
Days = Annotated[Whole, Bounds(least=0, most=MOST_DAYS)]
Counted = Annotated[Whole, Bounds(least=1)]


def exact(number: float) -> Decimal:
    """Return the decimal that was written."""
    return Decimal(str(number))
