"""Lines of web servers' access logs, split into fields or kept apart."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.unit.landing.reading import entity, refused, rows

FIELDS = "vhost remote_host remote_user time method target status bytes referrer user_agent"
LOG: dict[str, Any] = dict.fromkeys(FIELDS.split(), "text")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            '203.0.113.9 - ann [10/Oct/2026:13:55:36 -0700] "GET /a?b=c HTTP/1.1" 200 2326 '
            '"https://x.example/" "Mozilla/5.0 (\\"quoted\\")"',
            {
                "remote_host": "203.0.113.9",
                "remote_user": "ann",
                "time": "2026-10-10 20:55:36",
                "method": "GET",
                "target": "/a?b=c",
                "status": "200",
                "bytes": "2326",
                "referrer": "https://x.example/",
                "user_agent": 'Mozilla/5.0 ("quoted")',
            },
        ),
        (
            'shop.example:443 2001:db8::1 - - [01/Jan/2026:00:00:00 +0000] "POST /pay HTTP/2.0" '
            '302 - "-" "-"',
            {
                "vhost": "shop.example:443",
                "remote_host": "2001:db8::1",
                "time": "2026-01-01 00:00:00",
                "method": "POST",
                "target": "/pay",
                "status": "302",
            },
        ),
        (
            '198.51.100.7 - - [01/Jan/2026:00:00:00 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"',
            {
                "remote_host": "198.51.100.7",
                "time": "2026-01-01 00:00:00",
                "status": "400",
                "bytes": "157",
            },
        ),
        (
            '198.51.100.7 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.0" 200 1 "-" "x" "y" 3',
            {
                "remote_host": "198.51.100.7",
                "time": "2026-01-01 00:00:00",
                "method": "GET",
                "target": "/",
                "status": "200",
                "bytes": "1",
                "user_agent": "x",
            },
        ),
    ],
)
def test_line_of_an_access_log_is_split(line: str, wanted: dict[str, str]) -> None:
    found, bad = rows(line.encode() + b"\n", "access_log", entity(LOG))
    assert bad == []
    assert {k: v for k, v in found[0].items() if v is not None} == {**wanted, "_file_row": 1}


def test_line_that_is_none_of_an_access_log_is_kept_apart() -> None:
    good = b'198.51.100.7 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.0" 200 1 "-" "x"\n'
    late = good.replace(b"01/Jan", b"41/Jan")
    found, bad = rows(gzip.compress(good + b"nonsense\n" + late), "access_log.gz", entity(LOG))
    assert [row["_file_row"] for row in found] == [1]
    assert bad == [
        (2, "row: no line of an access log"),
        (3, "row: its time cannot be read"),
    ]
    assert refused(good + good[:30], "access_log", entity(LOG)).code == "file-truncated"
