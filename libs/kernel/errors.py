"""The ways in which a request may be refused.

A rule raises its own subclass, defined beside the rule. The class's docstring is the title that the
caller reads, the message its detail; neither holds a name, a narrative or a value that was sent.
"""


class DomainError(Exception):
    """The request was refused."""

    #: The last part of the problem's `type`; a subclass may set its own.
    slug = "refused"

    def __init__(self, detail: str = "", *, at: str | None = None, **facts: object) -> None:
        """Refuse with a sentence, the JSON pointer of the fault, and facts (ids, codes, numbers)."""
        super().__init__(detail)
        self.detail = detail
        self.at = at
        self.facts = facts


class NotFound(DomainError):
    """There is no such record, or it is not yours to see."""

    slug = "not-found"


class NotPermitted(DomainError):
    """Your role does not allow this."""

    slug = "forbidden"


class Conflict(DomainError):
    """The record is not in a state that allows this."""

    slug = "invalid-transition"


class Invalid(DomainError):
    """What was sent cannot be right."""

    slug = "invalid-request"


class Stale(DomainError):
    """Somebody changed the record since you read it."""

    slug = "version-conflict"
