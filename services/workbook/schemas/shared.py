"""Types that several bodies share."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Day, Moment

#: People of one family: a family of sixty is larger than any that was ever seen.
People = Annotated[list[UUID], Field(max_length=60)]
SomePeople = Annotated[list[UUID], Field(min_length=1, max_length=60)]


class Occurred(Body):
    """When something really happened, if not now."""

    occurred_at: Moment | None = None


class OnDay(Body):
    """The day on which something really happened, if not today."""

    on: Day | None = None
