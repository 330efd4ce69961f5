"""The one error a person sees: what happened, where, and what to do next."""

from __future__ import annotations


class RapportError(Exception):
    """A failure explained for the person who has to mend it.

    Args:
        code: stable kebab-case name; `docs/runbook/<code>.md` is its runbook page.
        what: one sentence on what happened.
        where: the place: file and row, source and entity, interval.
        todo: the next step, as an instruction.
    """

    def __init__(self, code: str, what: str, where: str = "", todo: str = "") -> None:
        self.code = code
        self.what = what
        self.where = where
        self.todo = todo
        super().__init__(str(self))

    @property
    def runbook(self) -> str:
        """Path of the runbook page inside the repository."""
        return f"docs/runbook/{self.code}.md"

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        todo = f" What to do: {self.todo}" if self.todo else ""
        return f"{self.what.rstrip('.')}{where}.{todo} Runbook: {self.runbook}"

    def __reduce__(self) -> tuple[type[RapportError], tuple[str, str, str, str]]:
        return (type(self), (self.code, self.what, self.where, self.todo))


def of_path(error: object) -> RapportError | None:
    """The sentence for a file or folder that is not there or may not be written."""
    if not isinstance(error, OSError) or error.filename is None:
        return None
    return RapportError(
        "path-unusable",
        f"A file or folder cannot be used: {error.strerror}",
        str(error.filename),
        "name another place, or see that it is there and this user may read and write it",
    )
