"""What object storage says where the landing zone in it cannot be used, in a person's words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rapport.errors import RapportError


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turns an error of the storage inside the block into `landing-unreachable`.

    Errors of a source there are that source's: its connector has explained them already.
    """
    try:
        yield
    except Exception as error:
        if not (_is_of_storage(error) or _is_of_storage(error.__cause__)):
            raise
        raise RapportError(
            "landing-unreachable",
            f"The landing zone cannot be used: {' '.join(str(error).split())[:300]}",
            url,
            "see that the storage is up, that the bucket is there, and that the credentials may "
            "list, read, write and delete in it; then run it again",
        ) from None


def _is_of_storage(error: BaseException | None) -> bool:
    aws: Any = sys.modules.get("botocore.exceptions")  # loaded where an s3:// URL is opened
    return bool(aws) and isinstance(error, (aws.BotoCoreError, aws.ClientError))
