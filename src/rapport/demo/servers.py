"""`python -m rapport.demo.servers crm|mail FOLDER PORT [HOST]`: the demo's two local servers."""

from __future__ import annotations

import sys
from pathlib import Path

from rapport import settings


def main(kind: str, folder: str, port: str, host: str = "127.0.0.1") -> None:
    """Serve until the process is ended; the mail server takes another host, in a container."""
    if kind == "crm":
        from rapport.simulate import serve

        serve.run(Path(folder), int(port), settings.load().secret("RAPPORT_DEMO_CRM_TOKEN"))
    else:
        from rapport.demo import sink

        sink.run(Path(folder), int(port), host)


if __name__ == "__main__":
    main(*sys.argv[1:])
