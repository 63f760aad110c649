"""`python -m deploy.token CODE [--for PERSON] [--scope SCOPE]`: print an access token of whom `make run` has invented.

CODE is an id of `GET /people`, or what it is called in `county.py`, such as `screener_1` or `app_turning_point`. Clients sign for
it with their own key from `var/clients.json`; `--for` lets an agency's app act for one of its people.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from deploy import client_keys, county, run_file
from deploy.client_keys import acting, form
from deploy.county import Person


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the token; say why not, with status 1."""
    parser = argparse.ArgumentParser(prog="python -m deploy.token")
    parser.add_argument("who")
    parser.add_argument("--for", dest="person", help="the person for whom the client acts")
    parser.add_argument("--scope", help="fewer scopes than the client has")
    wanted = parser.parse_args(arguments)
    var = Path(os.environ.get("FS_VAR", "var"))
    try:
        issuer, keys = run_file.read(var)["issuer"], client_keys.load(var)
        more = {"scope": wanted.scope} if wanted.scope else {}
        if wanted.person:
            more |= acting(_asked(issuer, form(_known(wanted.person), keys, issuer=issuer, at=time.time())))
        print(_asked(issuer, form(_known(wanted.who), keys, issuer=issuer, at=time.time(), **more)))
    except (run_file.NotRunning, KeyError, httpx.HTTPError, ValueError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _known(who: str) -> Person:
    try:
        return county.person(who)
    except KeyError:
        return county.person_with(who)


def _asked(issuer: str, fields: Mapping[str, str]) -> str:
    said: dict[str, Any] = httpx.post(f"{issuer}/token", data=dict(fields)).json()
    if "access_token" not in said:
        raise ValueError(f"{said.get('error')}: {said.get('error_description')}")
    return str(said["access_token"])


if __name__ == "__main__":
    sys.exit(main())
