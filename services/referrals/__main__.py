"""`python -m services.referrals load-census FILE`: load what a case system holds."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from libs.kernel.errors import Invalid
from services.referrals.domain.areas import NOT_KNOWN_YET
from services.referrals.loading.calling import Issuer, Peer, Token
from services.referrals.loading.census import Into, load
from services.referrals.loading.report import Report

_WENT_IN, _NOT_READ, _BROKEN_OFF = 0, 1, 2
_RUN = Path(os.environ.get("FS_VAR", "var")) / "run.json"
#: Where `make run` keeps the private keys of the invented client applications.
_KEYS = _RUN.with_name("clients.json")


class NotFound(Exception):
    """The services' addresses are not known."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its status: 0 done (records may have been refused), 1 no such file or no census, 2 broken off."""
    parser = argparse.ArgumentParser(prog="python -m services.referrals", description="Tools of the front door.")
    commands = parser.add_subparsers(dest="command", required=True)
    census = commands.add_parser(
        "load-census",
        help="load a children in need census file",
        description="Puts each child that the census rules let in through the services' own commands, with true dates. "
        "The same file again changes nothing.",
        epilog="Exit status: 0 the file was gone through to its end, also if records were refused: the report lists them; "
        "1 no such file, no census, or no services; 2 broken off on the way: the same command goes on.",
    )
    census.add_argument("file", type=Path, help="the XML file")
    census.add_argument("--check", action="store_true", help="only say what the rules would let in; load nothing")
    census.add_argument("--report", type=Path, metavar="FILE", help="also write the report, whole, as JSON")
    census.add_argument(
        "--area",
        default=NOT_KNOWN_YET,
        help="the area of the families, which a census does not tell: one that a team serves, so that one can be found "
        f"for families whose referral is still open ({NOT_KNOWN_YET})",
    )
    census.add_argument("--at-once", type=int, default=4, metavar="N", help="children in hand at a time (4)")
    census.add_argument("--referrals", metavar="URL", help=f"address of referrals, if not in {_RUN}")
    census.add_argument("--workbook", metavar="URL", help=f"address of workbook, if not in {_RUN}")
    census.add_argument(
        "--token-env", metavar="NAME", help="environment variable with an access token of an integration (case_system)"
    )
    return asyncio.run(_load_census(parser.parse_args(arguments)))


async def _load_census(wanted: argparse.Namespace) -> int:
    try:
        with wanted.file.open("rb") as stream:
            report = await _loaded(stream, wanted)
    except (OSError, Invalid, NotFound) as refusal:
        _say(f"{wanted.file}: {_reason(refusal)}\n", to_errors=True)
        return _NOT_READ
    if wanted.report is not None:
        wanted.report.write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
    _say(report.as_text())
    return _BROKEN_OFF if report.broken_off else _WENT_IN


async def _loaded(stream: BinaryIO, wanted: argparse.Namespace) -> Report:
    async with httpx.AsyncClient() as http:
        into = None if wanted.check else _services(wanted, http)
        report = Report(wanted.file.name)
        async for report in load(stream, file=wanted.file.name, into=into):
            _progress(report)
        _progress(None)
    return report


def _services(wanted: argparse.Namespace, http: httpx.AsyncClient) -> Into:
    running = _running()
    referrals = wanted.referrals or running["services"].get("referrals")
    workbook = wanted.workbook or running["services"].get("workbook")
    if not referrals or not workbook:
        raise NotFound(f"Start the services first (make run writes {_RUN}), or give --referrals and --workbook.")
    token = _token(wanted, running.get("issuer"), http)
    return Into(
        referrals=Peer("referrals", referrals.rstrip("/"), http, token),
        workbook=Peer("workbook", workbook.rstrip("/"), http, token),
        area=wanted.area,
        at_once=max(1, wanted.at_once),
    )


def _running() -> Mapping[str, Any]:
    """Return what `make run` says about itself, or nothing if it does not run."""
    if not _RUN.exists():
        return {"services": {}}
    running: dict[str, Any] = json.loads(_RUN.read_text(encoding="utf-8"))
    try:
        os.kill(running["pid"], 0)
    except ProcessLookupError:
        raise NotFound(
            f"{_RUN} is left over: process {running['pid']} is gone. Start the services with make run."
        ) from None
    except PermissionError:
        return running  # it runs as somebody else
    return running


def _keys() -> dict[str, Any]:
    try:
        return dict(json.loads(_KEYS.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise NotFound(f"{_KEYS} has no keys of client applications; give --token-env.") from None


def _token(wanted: argparse.Namespace, issuer: str | None, http: httpx.AsyncClient) -> Token:
    if wanted.token_env is None:
        if issuer is None:
            raise NotFound("Without the development issuer, give --token-env.")
        return Issuer(issuer.rstrip("/"), http, _keys())
    given = os.environ.get(wanted.token_env, "")
    if not given:
        raise NotFound(f"The environment has no {wanted.token_env}.")

    async def same() -> str:
        return given

    return same


def _progress(report: Report | None) -> None:
    if sys.stderr.isatty():
        _say("\r\033[K" + (f"{report.children} children" if report else ""), to_errors=True)


def _reason(refusal: Exception) -> str:
    if isinstance(refusal, Invalid):
        line = refusal.facts.get("line")
        return f"{refusal.detail}" + (f" (line {line})" if line else "")
    return refusal.strerror or str(refusal) if isinstance(refusal, OSError) else str(refusal)


def _say(text: str, *, to_errors: bool = False) -> None:
    stream = sys.stderr if to_errors else sys.stdout
    stream.write(text)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
