"""What each route costs: statements, without BEGIN and COMMIT, with the idempotency record, audit and events.

A household of nine costs no more than one of two: no statement is repeated for each person or each row.
"""

from collections.abc import Mapping
from typing import Any

from libs.chassis.service import edges
from services.referrals.domain.states import Verb
from tests.harness import Stage
from tests.referrals.actors import EARLY_HELP, MANAGER, RATIONALE, SCREENER, TEAM_MANAGER, Actors, adult, child, concern
from tests.referrals.verbs import ASK, BODY

MANY = [
    child(
        f"Wren {number}",
        birth_date=f"2018-02-{number + 1:02}",
        addresses=[{"line": "3 Made Up Street", "postcode": "OX1 1ND"}],
        protected=[{"kind": "school", "value": "Nowhere School"}],
    )
    for number in range(7)
]
HOUSEHOLD = {
    "children": MANY,
    "adults": [adult("Robin"), adult("Jay")],
    "relationships": [{"person": "adults/0", "relation": "parent", "other": f"children/{n}"} for n in range(7)],
}

MOST: Mapping[str, int] = {
    "POST /v1/referrals": 22,
    "GET /v1/referrals": 2,
    "GET /v1/referrals/{referral_id}": 5,
    "GET /v1/referrals/{referral_id}/receipt": 3,
    "GET /v1/referrals/{referral_id}/decisions": 3,
    "GET /v1/referrals/{referral_id}/clocks": 3,
    "GET /v1/referrals/{referral_id}/matches": 4,
    "GET /v1/referrals/{referral_id}/information-requests": 3,
    "GET /v1/referrals/{referral_id}/strategy-discussions": 3,
    "GET /v1/referrals/{referral_id}/referrer-notices": 3,
    "GET /v1/areas": 1,
    "GET /v1/clocks": 2,
    "GET /v1/work-list": 2,
    "GET /v1/people/{person_id}": 6,
    "GET /v1/people/{person_id}/protected-contact-points": 3,
    "GET /v1/protected-contact-points/{point_id}": 2,
    "GET /v1/families/{family_id}": 7,
    "GET /v1/information-requests/{request_id}": 3,
    "GET /v1/referrer-notices/{notice_id}": 3,
    "GET /v1/matches/{match_id}": 3,
    "GET /v1/relationships/{relationship_id}": 2,
    "POST /v1/people/search": 10,
    "POST /v1/referrals/{referral_id}:triage": 9,
    "POST /v1/referrals/{referral_id}:seek-information": 8,
    "POST /v1/referrals/{referral_id}/information-requests": 8,
    "POST /v1/information-requests/{request_id}:answer": 10,
    "POST /v1/information-requests/{request_id}:refuse": 10,
    "POST /v1/information-requests/{request_id}:withdraw": 11,
    "POST /v1/referrals/{referral_id}:conclude-gathering": 5,
    "POST /v1/referrals/{referral_id}:correct-area": 6,
    "POST /v1/referrals/{referral_id}:propose-decision": 8,
    "POST /v1/referrals/{referral_id}:accept": 15,
    "POST /v1/referrals/{referral_id}:step-down": 8,
    "POST /v1/referrals/{referral_id}:accept-step-down": 13,
    "POST /v1/referrals/{referral_id}:refuse-step-down": 8,
    "POST /v1/referrals/{referral_id}:advise": 13,
    "POST /v1/referrals/{referral_id}:redirect": 13,
    "POST /v1/referrals/{referral_id}:confirm-redirect": 5,
    "POST /v1/referrals/{referral_id}:join": 14,
    "POST /v1/referrals/{referral_id}:call-strategy": 12,
    "POST /v1/referrals/{referral_id}:close": 10,
    "POST /v1/referrals/{referral_id}:reopen": 11,
    "POST /v1/referrals/{referral_id}:withdraw": 12,
    "POST /v1/referrals/{referral_id}:mark-in-error": 12,
    "POST /v1/referrer-notices/{notice_id}:send": 8,
    "POST /v1/referrer-notices/{notice_id}:withhold": 8,
    "POST /v1/matches/{match_id}:confirm": 27,
    "POST /v1/matches/{match_id}:reject": 5,
    "PATCH /v1/people/{person_id}": 4,
    "POST /v1/people/{person_id}:record-birth": 5,
    "GET /v1/people/{person_id}/contact-points": 3,
    "GET /v1/contact-points/{point_id}": 2,
    "POST /v1/people/{person_id}/addresses": 9,
    "POST /v1/people/{person_id}/contact-points": 9,
    "POST /v1/contact-points/{point_id}:end": 5,
    "PATCH /v1/contact-points/{point_id}": 5,
    "POST /v1/protected-contact-points/{point_id}:end": 5,
    "PATCH /v1/protected-contact-points/{point_id}": 5,
    "POST /v1/families/{family_id}:move": 12,
    "POST /v1/people/{person_id}/relationships": 7,
    "POST /v1/relationships/{relationship_id}:end": 5,
    "POST /v1/people/{person_id}/protected-contact-points": 11,
    "POST /v1/families/{family_id}/members": 14,
    "POST /v1/families/{family_id}/members/{person_id}:end": 13,
    "POST /v1/families/{family_id}:merge": 15,
}


class Costs:
    """Calls routes and counts what each costs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.counted: dict[str, int] = {}

    async def call(
        self, route: str, body: Any = None, *, by: Any = SCREENER, if_match: int | None = None, **places: Any
    ) -> dict[str, Any]:
        """Call a route; it must succeed and cost no more than was promised."""
        method, template = route.split(" ")
        path = template.format(**places)
        path += "?purpose=visit" if route == "GET /v1/protected-contact-points/{point_id}" else ""
        with self.stage.statements() as seen:
            answer = await self.stage.call(method, path, body, by=by, if_match=if_match)
        assert answer.is_success, (route, answer.text)
        assert len(seen) <= MOST[route], (route, len(seen), seen)
        self.counted[route] = len(seen)
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    async def verb(
        self, referral: dict[str, Any], verb: Verb, body: Any = None, *, by: Any = MANAGER
    ) -> dict[str, Any]:
        """Say a verb on a referral as it was last read."""
        return await self.call(
            f"POST /v1/referrals/{{referral_id}}:{verb}",
            BODY[verb] if body is None else body,
            by=by,
            if_match=referral["revision"],
            referral_id=referral["id"],
        )


async def test_every_route_costs_no_more_than_it_says(stage: Stage, front_door: Actors) -> None:
    costs = Costs(stage)

    await _reads(costs, front_door)
    await _information(costs, front_door)
    await _decisions(costs, front_door)
    await _people(costs, front_door)

    routes = {
        f"{next(iter(edge.methods))} {edge.path}"
        for edge in edges(stage.service)
        if not edge.permission.startswith(("operations", "audit"))
    }
    assert routes - set(MOST) == set()
    assert set(costs.counted) == set(MOST)


async def _reads(costs: Costs, front_door: Actors) -> None:
    await front_door.receive(**HOUSEHOLD)
    named = [one | {"source": {"system": "portal", "id": f"W{place}"}} for place, one in enumerate(MANY)]
    received = await costs.call(
        "POST /v1/referrals", concern(**HOUSEHOLD | {"children": named, "source": {"system": "portal", "id": "R1"}})
    )
    await costs.call("POST /v1/people/search", {"given_name": "Wren 1", "family_name": "Invented"})
    for part in (
        "", "/receipt", "/decisions", "/clocks", "/information-requests", "/strategy-discussions", "/referrer-notices"
    ):  # fmt: skip
        await costs.call(f"GET /v1/referrals/{{referral_id}}{part}", referral_id=received["id"])
    for listing in ("referrals", "clocks", "work-list", "areas"):
        await costs.call(f"GET /v1/{listing}")
    await costs.call("GET /v1/people/{person_id}", person_id=received["children"][0])
    await costs.call("GET /v1/families/{family_id}", family_id=received["family_id"])
    matches = (await costs.call("GET /v1/referrals/{referral_id}/matches", referral_id=received["id"]))["items"]
    reason = {"reason": "The same mother."}
    for verb, match in (("confirm", matches[0]), ("reject", matches[-1])):
        await costs.call("GET /v1/matches/{match_id}", match_id=match["id"])
        await costs.call(f"POST /v1/matches/{{match_id}}:{verb}", reason, if_match=1, match_id=match["id"])


async def _information(costs: Costs, front_door: Actors) -> None:
    triaged = await front_door.triaged()
    gathering = await costs.verb(triaged, Verb.SEEK_INFORMATION)
    for agency in ("police", "health_visitor"):
        await costs.call(
            "POST /v1/referrals/{referral_id}/information-requests",
            ASK | {"agency": agency},
            if_match=(await front_door.read(gathering["id"]))["revision"],
            referral_id=gathering["id"],
        )
    asked = (await front_door.read(gathering["id"], "/information-requests"))["items"]
    bodies = {"answer": {"answer": "In January."}, "refuse": {"reason": "other"}, "withdraw": {}}
    for one, (verb, body) in zip(asked, bodies.items(), strict=True):
        await costs.call("GET /v1/information-requests/{request_id}", request_id=one["id"])
        await costs.call(f"POST /v1/information-requests/{{request_id}}:{verb}", body, if_match=1, request_id=one["id"])
    again = await front_door.say(
        await front_door.triaged(), "seek-information", {"requests": [ASK, ASK | {"agency": "police"}]}
    )
    await costs.verb(again, Verb.CONCLUDE_GATHERING, {})


async def _decisions(costs: Costs, front_door: Actors) -> None:
    triaged = await costs.verb(await costs.verb(await front_door.receive(), Verb.CORRECT_AREA), Verb.TRIAGE)
    called = await costs.verb(triaged, Verb.CALL_STRATEGY)
    accepted = await costs.verb(await costs.verb(called, Verb.PROPOSE_DECISION), Verb.ACCEPT)
    closed = await costs.verb(accepted, Verb.CLOSE, by=TEAM_MANAGER)
    await costs.verb(await costs.verb(closed, Verb.REOPEN), Verb.MARK_IN_ERROR)
    offered = await costs.verb(await front_door.waiting(), Verb.STEP_DOWN)
    back = await costs.verb(offered, Verb.REFUSE_STEP_DOWN, by=EARLY_HELP)
    await costs.verb(await costs.verb(back, Verb.STEP_DOWN), Verb.ACCEPT_STEP_DOWN, {}, by=EARLY_HELP)
    await costs.verb(await front_door.waiting(), Verb.ADVISE)
    await costs.verb(await costs.verb(await front_door.waiting(), Verb.REDIRECT), Verb.CONFIRM_REDIRECT, {})
    open_one = await front_door.receive()
    waiting = await front_door.waiting(
        family_id=open_one["family_id"], children=[{"person_id": open_one["children"][0]}], adults=[]
    )
    await costs.verb(waiting, Verb.JOIN, {"joined_to": open_one["id"], "rationale": RATIONALE})
    await costs.verb(await front_door.receive(), Verb.WITHDRAW)
    for verb, body in (("send", {}), ("withhold", {"reason": "unsafe"})):
        told = await front_door.accepted(channel="phone")
        (notice,) = (await front_door.read(told["id"], "/referrer-notices"))["items"]
        await costs.call("GET /v1/referrer-notices/{notice_id}", notice_id=notice["id"])
        await costs.call(f"POST /v1/referrer-notices/{{notice_id}}:{verb}", body, if_match=1, notice_id=notice["id"])


async def _people(costs: Costs, front_door: Actors) -> None:
    received = await front_door.receive(children=[{"expected_date": "2026-11-22"}, child("Lark")])
    unborn, lark, robin = *received["children"], *received["adults"]
    await costs.call(
        "POST /v1/people/{person_id}:record-birth",
        {"birth_date": "2026-11-20", "sex": "F"},
        if_match=1,
        person_id=unborn,
    )
    await costs.call("PATCH /v1/people/{person_id}", {"given_name": "Larkin"}, if_match=1, person_id=lark)
    await _moves(costs, received["family_id"], lark=lark, robin=robin)
    related = await costs.call(
        "POST /v1/people/{person_id}/relationships", {"other_id": lark, "relation": "parent"}, person_id=robin
    )
    await costs.call("GET /v1/relationships/{relationship_id}", relationship_id=related["id"])
    await costs.call(
        "POST /v1/relationships/{relationship_id}:end",
        {"until_on": "2026-11-20"},
        if_match=1,
        relationship_id=related["id"],
    )
    family = {"family_id": received["family_id"]}
    added = await costs.call(
        "POST /v1/families/{family_id}/members", {"person": adult("Jay"), "part": "adult"}, if_match=2, **family
    )
    left = await costs.call(
        "POST /v1/families/{family_id}/members/{person_id}:end",
        {},
        if_match=added["revision"],
        person_id=robin,
        **family,
    )
    other = await front_door.receive(children=[child("Finch")], adults=[])
    await costs.call(
        "POST /v1/families/{family_id}:merge",
        {"merged_family_id": other["family_id"], "reason": "The same mother."},
        by=MANAGER,
        if_match=left["revision"],
        **family,
    )


async def _moves(costs: Costs, family: str, *, lark: str, robin: str) -> None:
    await costs.call("POST /v1/people/{person_id}/addresses", {"line": "3 Made Up Street"}, person_id=lark)
    await costs.call("POST /v1/people/{person_id}/addresses", {"line": "5 Made Up Street"}, person_id=lark)
    await costs.call(
        "POST /v1/families/{family_id}:move",
        {"members": [lark, robin], "line": "8 Elsewhere Road"},
        if_match=1,
        family_id=family,
    )
    number = await costs.call(
        "POST /v1/people/{person_id}/contact-points", {"kind": "telephone", "value": "01865 000001"}, person_id=robin
    )
    await costs.call("GET /v1/people/{person_id}/contact-points", person_id=robin)
    await costs.call("GET /v1/contact-points/{point_id}", point_id=number["id"])
    await costs.call("POST /v1/contact-points/{point_id}:end", {}, if_match=1, point_id=number["id"])
    await costs.call(
        "PATCH /v1/contact-points/{point_id}", {"from_on": "2026-11-01"}, if_match=2, point_id=number["id"]
    )
    detail = {"kind": "school", "value": "Nowhere School", "kept_from": [robin]}
    await costs.call("POST /v1/people/{person_id}/protected-contact-points", detail, person_id=lark)
    point = await costs.call("POST /v1/people/{person_id}/protected-contact-points", detail, person_id=lark)
    await costs.call("GET /v1/people/{person_id}/protected-contact-points", person_id=lark)
    await costs.call("GET /v1/protected-contact-points/{point_id}", point_id=point["id"])
    await costs.call("POST /v1/protected-contact-points/{point_id}:end", {}, if_match=1, point_id=point["id"])
    await costs.call(
        "PATCH /v1/protected-contact-points/{point_id}", {"from_on": "2026-11-01"}, if_match=2, point_id=point["id"]
    )
