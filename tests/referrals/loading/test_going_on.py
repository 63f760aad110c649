"""What a load does with a child that the front door refuses, and with a service that fails: the place is named."""

from dataclasses import replace
from io import BytesIO

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.referrals.loading.calling import Peer
from services.referrals.loading.census import Into, load
from tests.referrals.census.builders import SAMPLE_2021, SAMPLE_2024, child_xml, file_of
from tests.referrals.loading.conftest import Loader

_FAILURE = "01a211d4-fe52-7648-b648-e2c94934cef2"


async def test_a_child_who_contradicts_an_earlier_file_is_refused_and_the_load_goes_on(loader: Loader) -> None:
    first = await loader.load(SAMPLE_2024.read_bytes())
    second = await loader.load(SAMPLE_2021.read_bytes())

    assert (first.broken_off, second.broken_off) == (None, None)
    contradicted = [one for one in second.refused if one.by == "referrals"]
    assert {one.rule for one in contradicted} == {"implausible-date"}
    assert all(one.line > 0 and one.la_child_id for one in contradicted)


async def test_a_service_that_fails_breaks_the_load_off_with_line_child_and_correlation_id() -> None:
    async def fail(_: Request) -> Response:
        return JSONResponse({"instance": f"urn:uuid:{_FAILURE}"}, 500)

    async def token() -> str:
        return "a-token"

    app = Starlette(routes=[Route("/{path:path}", fail, methods=["GET", "POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as http:
        peer = Peer("referrals", "http://referrals.test", http, token)
        into = Into(referrals=peer, workbook=replace(peer, name="workbook"), area="cherwell")
        reports = [one async for one in load(BytesIO(file_of(child_xml())), file="census.xml", into=into)]

    assert reports[-1].broken_off == (
        f"line 14, child 1 X0000001: referrals fails with 500 (correlation id {_FAILURE})."
    )
