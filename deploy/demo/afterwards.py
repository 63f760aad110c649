"""What to do once the story is told: whom to be, and three calls that are worth making."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy import county
from deploy.county import Person
from deploy.demo.walk import Walk
from deploy.demo.walk.path import app, practitioner


@dataclass(frozen=True, slots=True)
class Call:
    """A call with what it shows, made by the manager of the family's team."""

    shows: str
    service: str
    path: str


def people(path: Walk) -> Sequence[tuple[str, Person]]:
    """Return who took part in the family's story, and what each may try."""
    play = path.play
    return (
        ("receives and triages concerns", play.somebody("screener", 8)),
        ("decides on referrals", play.somebody("front_door_manager", 3)),
        ("writes the family's workbook", play.worker),
        ("allocates, authorises, supervises", play.manager),
        ("takes families at early help", play.somebody("early_help_lead", 4)),
        ("works with the parent, of Turning Point", practitioner(path)),
        ("shows an agency its work list", app()),
        ("sees figures as they are", county.person("service_manager_1")),
    )


def calls(path: Walk) -> Sequence[Call]:
    """Return three calls about the family, each to another service."""
    play = path.play
    book = f"/v1/workbooks/{play.workbook_id}"
    return (
        Call("what happened, in order", "workbook", f"{book}/timeline"),
        Call("the child's way: plans, levels, workers", "metrics", f"/v1/journeys/{play.children[0]}"),
        Call("each promise, by whose rule, and how it ended", "referrals", f"/v1/referrals/{play.referral_id}/clocks"),
    )


async def told(path: Walk, *, stays: bool) -> str:
    """Return it in words, each call having been made; `stays`: all of it runs on."""
    desk, play = path.play.desk, path.play
    for call in calls(path):
        await desk.get(play.manager, call.service, call.path.removeprefix("/v1"))
    issuer, services = desk.addresses["issuer"], desk.addresses["services"]
    then = (
        "All of it runs on."
        if stays
        else (
            "All of it stops now; the county and the family stay. `make run` shows them, until Ctrl-C (and says so if it has "
            "other ports than these)."
        )
    )
    who = "\n".join(f"  {_role(one):<20} {one.id}  {one.name}: {does}" for does, one in people(path))
    made = "\n".join(
        f'  # {call.shows}\n  curl -s {services[call.service]}{call.path} -H "Authorization: Bearer $TOKEN"'
        for call in calls(path)
    )
    return f"""
{then}

Whom to be ({issuer}/people lists all):
{who}

A token, here of the team's manager, and three calls worth making:
  TOKEN=$(curl -s {issuer}/token -d grant_type=client_credentials -d client_id={play.manager.id} | \\
    python3 -c "import json,sys; print(json.load(sys.stdin)['access_token'])")
{made}"""


def _role(one: Person) -> str:
    return " ".join(role.value for role in one.roles) if one.kind == "person" else f"{one.kind} app"
