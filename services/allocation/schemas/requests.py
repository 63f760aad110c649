"""Requests for a worker."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, CodeText, Flag, Moment, Resource
from libs.kernel.ids import FamilyId, PersonId, ReferralId, new_id
from services.allocation.domain import request as requesting
from services.allocation.domain.cases import Share
from services.allocation.domain.request import CancelReason, RequestPurpose, RequestState
from services.allocation.queries.requests import Aged
from services.allocation.schemas.staff import Codes

People = Annotated[list[UUID], Field(max_length=40)]


class NewRequest(Body):
    """A family that needs a worker, asked for by a manager; accepted referrals are asked for by themselves."""

    family_id: UUID
    referral_id: UUID | None = None
    purpose: Literal[RequestPurpose.NEW_FAMILY, RequestPurpose.CO_WORKER]
    children: Annotated[list[UUID], Field(min_length=1, max_length=40)]
    adults: People = []
    area: Annotated[CodeText | None, Field(description="Needed for a family that is not known here")] = None
    rag: CodeText = "unknown"
    skills: Codes = frozenset()
    languages: Codes = frozenset()
    needs_interpreter: Flag = False
    split_asked: Annotated[Flag, Field(description="Siblings may go to different workers")] = False
    occurred_at: Moment | None = None

    def value(self, *, at: datetime) -> requesting.Request:
        """Return the request; its area is settled when it is opened."""
        co_worker = self.purpose is RequestPurpose.CO_WORKER
        return requesting.Request(
            id=new_id(),
            family_id=FamilyId(self.family_id),
            referral_id=None if self.referral_id is None else ReferralId(self.referral_id),
            purpose=self.purpose,
            children=tuple(PersonId(child) for child in self.children),
            adults=tuple(PersonId(adult) for adult in self.adults),
            area=self.area or "",
            rag=self.rag,
            share=Share.CO if co_worker else Share.LEAD,
            skills=self.skills,
            languages=self.languages,
            needs_interpreter=self.needs_interpreter,
            split_asked=self.split_asked,
            requested_at=at,
        )


class Cancellation(Body):
    """Why no worker is needed any more."""

    reason: CancelReason
    occurred_at: Moment | None = None


class Request(Resource):
    """A family that needs a worker, and for how long it has waited."""

    path: ClassVar[str] = "/v1/requests"

    family_id: UUID
    referral_id: UUID | None
    purpose: RequestPurpose
    children: tuple[UUID, ...]
    adults: tuple[UUID, ...]
    area: str
    rag: str
    share: Share
    skills: frozenset[str]
    languages: frozenset[str]
    needs_interpreter: bool
    split_asked: bool
    previous_worker_id: UUID | None
    reason: str | None
    state: RequestState
    unallocated: bool
    age_days: int
    age_working_days: int
    requested_at: datetime
    waiting_since: datetime | None
    filled_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: CancelReason | None

    @classmethod
    def of(cls, aged: Aged) -> "Request":
        """Write a request with its age."""
        found = aged.request
        fields = {name: getattr(found, name) for name in cls.model_fields if hasattr(found, name)}
        return cls(
            **fields,
            unallocated=found.state in requesting.UNALLOCATED,
            age_days=aged.age.days,
            age_working_days=aged.age.working_days,
        )
