"""Types for what comes in: text that is safe to keep, moments with a zone, whole numbers that are numbers."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from libs.contracts.envelope import Code

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Line and paragraph separators: only a note has lines.
_SEPARATORS = frozenset({"Zl", "Zp"})
# Blanks, separators, and what only shapes or joins the letters around it.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# RFC 3339, with its offset; pydantic alone takes a number in quotes for seconds since 1970.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_When = TypeVar("_When", date, datetime)


def _clean(*, newlines: bool) -> Callable[[str], str]:
    allowed = {"\n", "\t"} if newlines else set()
    refused = {"Cc", "Cs"} if newlines else {"Cc", "Cs", *_SEPARATORS}

    def check(value: str) -> str:
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n") if newlines else value).strip()
        if any(_unsafe(letter, refused) for letter in value if letter not in allowed):
            raise PydanticCustomError(
                "invalid-text", "Text may hold no control characters, surrogates or bidi overrides"
            )
        if all(unicodedata.category(letter) in _UNSEEN for letter in value):
            raise PydanticCustomError("invalid-text", "Text holds more than blanks")
        return value

    return check


def _unsafe(letter: str, refused: frozenset[str] | set[str]) -> bool:
    return letter in _BIDI or unicodedata.category(letter) in refused


def _text_of_day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("invalid-date", "A date is written YYYY-MM-DD")
    return value


def _text_of_moment(value: Any) -> Any:
    if not isinstance(value, datetime) and not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise PydanticCustomError("invalid-datetime", "A moment is written as in RFC 3339, with its offset")
    return value


def _known_year(value: _When) -> _When:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        kind: Literal["invalid-date", "invalid-datetime"]
        kind = "invalid-datetime" if isinstance(value, datetime) else "invalid-date"
        raise PydanticCustomError(kind, "The year is outside 1900 to 2200")
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("invalid-datetime", "A moment carries its offset")
    return value


#: A name, a title: one line.
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_clean(newlines=False))]
#: Narrative: many lines, kept as plain text.
Note = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_clean(newlines=True))]
#: A code of a code set that is configuration; what an event may carry, a body may.
CodeText = Code
Day = Annotated[date, BeforeValidator(_text_of_day), AfterValidator(_known_year)]
Moment = Annotated[
    datetime,
    BeforeValidator(_text_of_moment),
    AfterValidator(_aware),
    AfterValidator(_known_year),
    # Kept and shown in UTC, whatever offset it was written with.
    AfterValidator(lambda moment: moment.astimezone(UTC)),
]
Whole = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Flag = Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The bounds that a rule keeps, for the document: the rule itself refuses what lies outside, in words of its own."""

    least: float | None = None
    above: float | None = None
    most: float | None = None

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell these bounds in place of what the type alone would let through."""
        told = handler(core)
        if self.least is not None or self.above is not None:
            told.pop("minimum", None)
        bounds = {"minimum": self.least, "exclusiveMinimum": self.above, "maximum": self.most}
        return told | {name: bound for name, bound in bounds.items() if bound is not None}


class Body(BaseModel):
    """What a caller sends: unknown fields are refused, so that nothing is believed to have been kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class View(BaseModel):
    """What a caller reads; made from a frozen value by `View.model_validate(value)`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Resource(View):
    """A single record: its revision is the ETag, its path the Location."""

    #: The collection's path, such as `/v1/referrals`.
    path: ClassVar[str]

    id: UUID = Field(description="The record's id")
    revision: int = Field(description="Raised by one with each change; the number of the record's ETag")
