"""Agencies that take part in Family Solutions Plus, and the register that a new system starts from."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Specialism(StrEnum):
    """What an adult practitioner does; work with victims and with perpetrators are two different posts."""

    MENTAL_HEALTH = "mental_health"
    DOMESTIC_ABUSE_VICTIM = "domestic_abuse_victim"
    DOMESTIC_ABUSE_PERPETRATOR = "domestic_abuse_perpetrator"
    SUBSTANCE_MISUSE = "substance_misuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An organisation whose people work beside the council's teams; `stated_fte` is what it says it brings."""

    id: UUID
    code: str
    name: str
    stated_fte: float | None
    has_manager: bool
    active: bool = True
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredOffer:
    """An offer of the register; without a specialism it stands in the directory and takes no requests."""

    title: str
    specialism: Specialism | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAgency:
    """An agency of the register: configuration to load through the API, not a row of any migration."""

    code: str
    name: str
    offers: tuple[RegisteredOffer, ...]
    stated_fte: float | None = None
    has_manager: bool = False


# Source: Oxfordshire's partner register as published for Family Solutions Plus; a figure that is not stated is None.
REGISTER: tuple[RegisteredAgency, ...] = (
    RegisteredAgency(
        code="mind",
        name="Oxfordshire Mind",
        offers=(RegisteredOffer(title="Adult mental health practitioners", specialism=Specialism.MENTAL_HEALTH),),
        stated_fte=10.0,
        has_manager=True,
    ),
    RegisteredAgency(
        code="elmore",
        name="Elmore Community Services",
        offers=(
            RegisteredOffer(
                title="Domestic abuse practitioners for victims", specialism=Specialism.DOMESTIC_ABUSE_VICTIM
            ),
            RegisteredOffer(
                title="Domestic abuse practitioners for perpetrators", specialism=Specialism.DOMESTIC_ABUSE_PERPETRATOR
            ),
        ),
        stated_fte=10.0,
        has_manager=True,
    ),
    RegisteredAgency(
        code="turning_point",
        name="Turning Point",
        offers=(
            RegisteredOffer(
                title="Drug and alcohol practitioners, with testing", specialism=Specialism.SUBSTANCE_MISUSE
            ),
        ),
        stated_fte=10.0,
        has_manager=True,
    ),
    RegisteredAgency(
        code="connection_support", name="Connection Support", offers=(RegisteredOffer(title="Support for families"),)
    ),
    RegisteredAgency(
        code="cherwell",
        name="Cherwell District Council",
        offers=(RegisteredOffer(title="Family homelessness pilot"),),
    ),
    RegisteredAgency(
        code="building_bridges", name="Building Bridges", offers=(RegisteredOffer(title="Families with teenagers"),)
    ),
    RegisteredAgency(code="clinical_team", name="Clinical team", offers=(RegisteredOffer(title="Psychologists"),)),
    RegisteredAgency(
        code="early_help",
        name="Early help teams",
        offers=(RegisteredOffer(title="The continuum of step up and step down"),),
    ),
)
