"""Definitions, and the published figures to compare with; no figure of ours."""

from typing import Annotated

from fastapi import Path

from libs.chassis.edge import may, router
from libs.chassis.pagination import Page
from services.metrics.domain import definitions, reference
from services.metrics.domain.measures import Measure
from services.metrics.schemas import MeasureView, PublishedFigure

routes = router(tags=["measures"])


@routes.get("/measures", dependencies=[may("measures:read")])
async def list_measures() -> Page[MeasureView]:
    """List the measures in force, with their definitions in words."""
    return Page(items=[_view(each) for each in definitions.active()])


@routes.get("/measures/{code}/versions/{version}", dependencies=[may("measures:read")])
async def read_measure(
    code: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,64}$")], version: Annotated[int, Path(ge=1, le=1000)]
) -> MeasureView:
    """Read one version of a measure; a version in force never changes."""
    return _view(definitions.measure(code=code, version=version))


@routes.get("/published-figures", dependencies=[may("measures:read")])
async def list_published_figures() -> Page[PublishedFigure]:
    """List the published figures of Oxfordshire that the measures can be compared with."""
    return Page(items=[PublishedFigure.model_validate(each) for each in reference.published_figures()])


def _view(each: Measure) -> MeasureView:
    values = {name: getattr(each, name) for name in MeasureView.model_fields if name != "definition_digest"}
    return MeasureView(**{**values, "definition_digest": each.digest, "dimensions": sorted(each.dimensions)})
