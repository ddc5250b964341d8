"""The demonstration of a federation with one node on a PostgreSQL server of the test packages, begun for it alone.

python -m tests.federation.launch --out federation-output
"""

import sys

from tests.engines import Server
from waste_bpm.cli import main


def launch() -> None:
    """Start a server, play, and let the server end with this process."""
    server = Server()
    server.watch()
    main(["federation-demo", "--postgresql", server.create(), *sys.argv[1:]])


if __name__ == "__main__":
    launch()
