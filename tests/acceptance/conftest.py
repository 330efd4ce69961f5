"""The data of others, a real local mail server, and the chain from files to a mailed report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rapport.demo.sink import Sink
from tests.acceptance.chain import Mailbox


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder that RAPPORT_ACCEPTANCE_DATA names; skipped, saying so, where it is unset."""
    named = os.environ.get("RAPPORT_ACCEPTANCE_DATA")
    if not named:
        pytest.skip("RAPPORT_ACCEPTANCE_DATA is unset: it names the folder with the real data")
    return Path(named)


@pytest.fixture(scope="session")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    """A real SMTP server on a free port of this machine that keeps every mail as a file."""
    folder = tmp_path_factory.mktemp("outbox")
    with Sink(folder) as sink:
        yield Mailbox(folder, sink.url)
