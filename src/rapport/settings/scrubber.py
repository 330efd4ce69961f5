"""No secret in a text that leaves: what is known as one, and whatever looks like one."""

from __future__ import annotations

import re
from urllib.parse import unquote

from rapport.settings import Settings

_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)([^\s\"'<>]+)@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
# As in `password=x`, `PGPASSWORD: x`, `{'client_secret': 'x y'}` and `?access_token=x&...`.
_ASSIGNED = re.compile(
    r"(?i)((?:password|passwd|\bpass|token|secret|secret_?(?:access_?)?key|api[_-]?key)"
    r"[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
)
_SECRET_VARIABLES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "POSTGRES_PASSWORD")


class Scrubber:
    """Takes every known secret, and whatever looks like one, out of a text."""

    def __init__(self, settings: Settings) -> None:
        values = {settings.smtp.password or ""}
        values |= {settings.environ.get(name, "") for name in _SECRET_VARIABLES}
        urls = [settings.warehouse_url, settings.state_url, settings.airflow_database or ""]
        for source in settings.company.sources.values():
            for value in source.connection.values():
                if str(value).startswith("env:"):
                    values.add(settings.environ.get(str(value)[4:], ""))
        # Drivers name the password alone, and not always as it stands in the URL.
        for found in map(_URL_PASSWORD.search, [*urls, *values]):
            values |= {found[2], unquote(found[2])} if found else set()
        # A very short value would blot out ordinary words; nobody should have such a secret.
        told = {value for value in values if len(value) >= 6} - {"rapport", "postgres"}
        self._values = sorted(told, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for value in self._values:
            text = text.replace(value, "***")
        text = _URL_PASSWORD.sub(r"\1***@", text)
        text = _BEARER.sub(r"\1 ***", text)
        return _ASSIGNED.sub(r"\1***", text)
