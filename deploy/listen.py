"""Prints what a service says, as it says it: `python -m deploy.listen referrals`, while `make run` is going.

For development: it borrows the provisioning key of `var/`. A service in production has a consumer of its own.
"""

import asyncio
import os
import sys
from pathlib import Path

from nats.errors import TimeoutError as NothingYet

from deploy import run_file
from deploy.credentials import load_or_make
from deploy.nats_conf import ADMIN
from deploy.topology import SERVICES, stream, subjects
from libs.chassis.bus import connect

_VAR = Path(os.environ.get("FS_VAR", "var"))


async def listen(owner: str) -> None:
    """Print each event of an owner on a line, from the first that is kept."""
    run = run_file.read(_VAR)
    seed = load_or_make(_VAR / "credentials.json").nats_seeds[ADMIN]
    client = await connect(run["nats"], seed=seed, name="listen")
    try:
        heard = await client.jetstream().subscribe(subjects(owner), stream=stream(owner), ordered_consumer=True)
        while True:
            try:
                message = await heard.next_msg(timeout=1)
            except NothingYet:
                continue
            print(message.data.decode(), flush=True)
    finally:
        await client.close()


def main() -> None:
    """Listen until Ctrl-C."""
    if len(sys.argv) != 2 or sys.argv[1] not in SERVICES:  # noqa: PLR2004 - the command and its one argument
        raise SystemExit(f"python -m deploy.listen {'|'.join(SERVICES)}")
    try:
        asyncio.run(listen(sys.argv[1]))
    except run_file.NotRunning as problem:
        raise SystemExit(str(problem)) from None
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
