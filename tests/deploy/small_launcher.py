"""The real launcher with small stand-ins for our own programs: `python -m tests.deploy.small_launcher VAR`."""

import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deploy.credentials import Credentials
from deploy.local import Launcher
from deploy.plan import Addresses, Plan, Program
from libs.chassis.listening import handed_down

_PROGRAMS = ("issuer", "referrals", "allocation")


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()


def _programs(_: Path, __: Credentials, addresses: Addresses) -> Sequence[Program]:
    return [
        Program(
            name,
            [sys.executable, "-m", "tests.deploy.small_launcher", "--stand-in", str(addresses.ports[name])],
            {},
            addresses.url(name),
        )
        for name in _PROGRAMS
    ]


def main() -> None:
    """Be the launcher, or one of its stand-ins."""
    if sys.argv[1] == "--stand-in":
        sys.stderr.write("the stand-in says hello\n")
        inherited = handed_down()
        if not inherited or inherited[0].getsockname()[1] != int(sys.argv[2]):
            sys.exit("the port was not handed down")
        server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), _Ready, bind_and_activate=False)
        server.socket = inherited[0]
        server.serve_forever()
    plan = Plan(prepare=lambda *_: [sys.executable, "-c", "print('nothing to prepare')"], programs=_programs)
    sys.exit(Launcher(Path(sys.argv[1]), plan).run())


if __name__ == "__main__":
    main()
