"""The directory over HTTP: agencies, offers, sharing agreements and the local terms."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.ids import derived_id, new_id
from services.partners.commands import agencies
from services.partners.domain import sharing
from services.partners.domain.agencies import Agency, Specialism
from services.partners.domain.clocks import Terms
from services.partners.domain.offers import Offer
from services.partners.domain.sharing import Agreement, AgreementState, AgreementVerb
from services.partners.queries import directory
from services.partners.schemas import directory as schemas

routes = router(tags=["directory"])

AreaCode = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]


@routes.get("/agencies", dependencies=[may("agencies:read")])
async def list_agencies(tx: Tx, wanted: WantedPage) -> Page[schemas.AgencyView]:
    """List the agencies."""
    found, following = await directory.agencies(tx, wanted)
    return Page(items=[schemas.AgencyView.model_validate(agency) for agency in found], next=following)


@routes.post("/agencies", status_code=201, dependencies=[may("agencies:write")])
async def record_agency(tx: Tx, body: schemas.NewAgency) -> schemas.AgencyView:
    """Set an agency up."""
    agency = Agency(**body.model_dump(exclude={"occurred_at"}))
    return schemas.AgencyView.model_validate(await agencies.record_agency(tx, agency, occurred_at=body.occurred_at))


@routes.get("/agencies/{agency_id}", dependencies=[may("agencies:read")])
async def read_agency(tx: Tx, agency_id: UUID) -> schemas.AgencyView:
    """Read an agency."""
    return schemas.AgencyView.model_validate(await directory.agency(tx, agency_id))


@routes.put("/agencies/{agency_id}", dependencies=[may("agencies:write")])
async def change_agency(tx: Tx, agency_id: UUID, revision: IfMatch, body: schemas.AgencyFacts) -> schemas.AgencyView:
    """Change what is said of an agency; an inactive one is asked for nothing."""
    changed = await agencies.change_agency(tx, agency_id, revision=revision, **body.model_dump())
    return schemas.AgencyView.model_validate(changed)


@routes.get("/offers", dependencies=[may("offers:read")])
async def list_offers(
    tx: Tx,
    wanted: WantedPage,
    specialism: Specialism | None = None,
    area: AreaCode = None,
    agency_id: UUID | None = None,
) -> Page[schemas.OfferView]:
    """List what agencies offer today."""
    found, following = await directory.offers_page(tx, wanted, specialism=specialism, area=area, agency_id=agency_id)
    return Page(items=[_offer_view(offer) for offer in found], next=following)


@routes.get("/offers/{offer_id}", dependencies=[may("offers:read")])
async def read_offer(tx: Tx, offer_id: UUID) -> schemas.OfferView:
    """Read an offer."""
    return _offer_view(await directory.offer(tx, offer_id))


@routes.post("/agencies/{agency_id}/offers", status_code=201, dependencies=[may("offers:write")])
async def record_offer(tx: Tx, agency_id: UUID, body: schemas.OfferFacts) -> schemas.OfferView:
    """Add an offer to an agency; needs that wait for one like it are looked at again."""
    offer = Offer(id=new_id(), agency_id=agency_id, **body.model_dump(exclude={"occurred_at"}))
    return _offer_view(await agencies.record_offer(tx, offer, occurred_at=body.occurred_at))


@routes.put("/offers/{offer_id}", dependencies=[may("offers:write")])
async def change_offer(tx: Tx, offer_id: UUID, revision: IfMatch, body: schemas.OfferFacts) -> schemas.OfferView:
    """Change an offer, or give it an end."""
    return _offer_view(await agencies.change_offer(tx, offer_id, revision=revision, **body.model_dump()))


@routes.get("/agreements", dependencies=[may("agreements:read")])
async def list_agreements(
    tx: Tx, wanted: WantedPage, state: AgreementState | None = None, agency_id: UUID | None = None
) -> Page[schemas.AgreementView]:
    """List sharing agreements; an agency lists its own."""
    found, following = await directory.agreements_page(tx, wanted, state=state, agency_id=agency_id)
    return Page(items=[_agreement_view(agreement) for agreement in found], next=following)


@routes.get("/agreements/{agreement_id}", dependencies=[may("agreements:read")])
async def read_agreement(tx: Tx, agreement_id: UUID) -> schemas.AgreementView:
    """Read a sharing agreement."""
    return _agreement_view(await directory.agreement(tx, agreement_id))


@routes.post("/agreements", status_code=201, dependencies=[may("agreements:draft")])
async def draft_agreement(tx: Tx, body: schemas.NewAgreement) -> schemas.AgreementView:
    """Draft a sharing agreement with an agency; nothing is shared before it starts."""
    return _agreement_view(await agencies.draft_agreement(tx, Agreement(id=new_id(), **body.model_dump())))


@routes.post("/agreements/{agreement_id}:start", dependencies=[may("agreements:start")])
async def start_agreement(tx: Tx, agreement_id: UUID, revision: IfMatch, body: schemas.Saying) -> schemas.AgreementView:
    """Put an agreement in force."""
    return await _say(tx, agreement_id, AgreementVerb.START, revision, body)


@routes.post("/agreements/{agreement_id}:suspend", dependencies=[may("agreements:suspend")])
async def suspend_agreement(
    tx: Tx, agreement_id: UUID, revision: IfMatch, body: schemas.Saying
) -> schemas.AgreementView:
    """Suspend an agreement: from this moment the agency sees nothing that it covers."""
    return await _say(tx, agreement_id, AgreementVerb.SUSPEND, revision, body)


@routes.post("/agreements/{agreement_id}:resume", dependencies=[may("agreements:resume")])
async def resume_agreement(
    tx: Tx, agreement_id: UUID, revision: IfMatch, body: schemas.Saying
) -> schemas.AgreementView:
    """Lift the suspension of an agreement."""
    return await _say(tx, agreement_id, AgreementVerb.RESUME, revision, body)


@routes.post("/agreements/{agreement_id}:end", dependencies=[may("agreements:end")])
async def end_agreement(tx: Tx, agreement_id: UUID, revision: IfMatch, body: schemas.Saying) -> schemas.AgreementView:
    """End an agreement for good."""
    return await _say(tx, agreement_id, AgreementVerb.END, revision, body)


@routes.get("/terms", dependencies=[may("terms:read")])
async def read_terms(tx: Tx) -> schemas.TermsView:
    """Read the local terms."""
    terms, revision = await directory.terms(tx)
    return _terms_view(terms, revision)


@routes.put("/terms", dependencies=[may("terms:write")])
async def set_terms(tx: Tx, revision: IfMatch, body: schemas.TermsBody) -> schemas.TermsView:
    """Set the local terms; requests that are open keep the clock they have."""
    terms = Terms(
        answer_within={**Terms().answer_within, **body.answer_within},
        first_contact_within=body.first_contact_within,
        end_within=body.end_within,
        report_within_days=body.report_within_days,
        capacity_fresh_for=timedelta(days=body.capacity_fresh_days),
    )
    return _terms_view(terms, await agencies.set_terms(tx, terms, revision=revision))


async def _say(
    tx: Tx, agreement_id: UUID, verb: AgreementVerb, revision: int, body: schemas.Saying
) -> schemas.AgreementView:
    said = await agencies.say_to_agreement(tx, agreement_id, verb, revision=revision, occurred_at=body.occurred_at)
    return _agreement_view(said)


def _offer_view(offer: Offer) -> schemas.OfferView:
    values = {name: getattr(offer, name) for name in schemas.OfferView.model_fields}
    return schemas.OfferView(**values | {"areas": sorted(offer.areas)})


def _agreement_view(agreement: Agreement) -> schemas.AgreementView:
    values = {name: getattr(agreement, name) for name in schemas.AgreementView.model_fields if name != "fingerprint"}
    return schemas.AgreementView(
        **values | {"specialisms": sorted(agreement.specialisms)}, fingerprint=sharing.fingerprint(agreement)
    )


def _terms_view(terms: Terms, revision: int) -> schemas.TermsView:
    return schemas.TermsView(
        id=derived_id("partners", "terms"),
        revision=revision,
        answer_within=dict(terms.answer_within),
        first_contact_within=terms.first_contact_within,
        end_within=terms.end_within,
        report_within_days=terms.report_within_days,
        capacity_fresh_days=terms.capacity_fresh_for.days,
    )
