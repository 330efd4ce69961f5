"""A writer that keeps size and checksum of what passes through it."""

from __future__ import annotations

import hashlib
from typing import IO, Any


class Hashing:
    """A binary writer that counts and hashes what passes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.size, self.digest = stream, 0, hashlib.sha256()
        self.closed = False

    def write(self, data: Any) -> int:
        self.stream.write(data)
        self.size += len(data)
        self.digest.update(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self.stream.flush()

    def close(self) -> None:
        """The zone closes the stream itself."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
