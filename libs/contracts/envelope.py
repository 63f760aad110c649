"""What every event carries: CloudEvents 1.0 attributes, and those that keep order and trace causes.

Wire names follow CloudEvents (lower-case letters only): `correlationid`, `causationid`, `recordedtime`.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

#: A code from a code set; an event holds no other text.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
#: Where the rest can be read, under the reader's own permission.
DetailPath = Annotated[str, StringConstraints(pattern=r"^/v1/[a-z-]+/[0-9a-f-]{36}$")]

_TYPES: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """The data of one kind of event; a subclass names its type and the field that is its aggregate's id.

    A consumer ignores fields it does not know, so that a schema may grow.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type_name: ClassVar[str]
    aggregate_field: ClassVar[str]

    def __init_subclass__(cls, *, type: str, aggregate: str, **kwargs: Any) -> None:  # noqa: A002
        """Register the subclass under its type."""
        super().__init_subclass__(**kwargs)
        cls.type_name = type
        cls.aggregate_field = aggregate
        _TYPES[type] = cls

    @property
    def aggregate_id(self) -> UUID:
        """The thing that the event happened to; its events are applied in order of `revision`."""
        value: UUID = getattr(self, self.aggregate_field)
        return value


class AuditHead(BaseModel):
    """What a service says of its audit: the head of a sealed batch, which the others keep as witnesses."""

    log_id: UUID
    batch: int
    head: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def event_types() -> dict[str, type[Event]]:
    """All kinds of event that have been imported, by type name."""
    return dict(_TYPES)


class Envelope(BaseModel):
    """One event as it travels, in CloudEvents structured mode.

    `subject` is the aggregate's id, `revision` counts the events of that aggregate from 1 without a gap,
    `epoch` is raised when the owner's database is restored to an earlier point, and `epochstart` is the
    aggregate's first revision in it. `time` is when it happened, `recordedtime` when we came to know.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Annotated[str, StringConstraints(pattern=r"^1\.0$")] = "1.0"
    id: UUID
    source: Annotated[str, StringConstraints(pattern=r"^/[a-z]+$")]
    type: Annotated[str, StringConstraints(pattern=r"^events(\.[a-z0-9_]+){3}\.v[0-9]+$")]
    subject: UUID
    time: datetime
    recordedtime: datetime
    datacontenttype: Annotated[str, StringConstraints(pattern=r"^application/json$")] = "application/json"
    revision: int = Field(ge=1)
    epoch: int = Field(ge=1)
    epochstart: int | None = Field(default=None, ge=1)
    correlationid: UUID
    causationid: UUID | None = None
    actor: UUID | None = None
    data: dict[str, Any]
