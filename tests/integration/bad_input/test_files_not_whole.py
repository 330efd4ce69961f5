"""Files that are cut, garbled or no data at all: refused with a sentence, nothing changed."""

from __future__ import annotations

import pytest

from rapport.errors import RapportError
from tests.integration.bad_input.conftest import HEADER, Shop, events, orders


def test_half_written_file_is_not_loaded_and_loads_once_whole(shop: Shop) -> None:
    shop.deliver(1, orders(1, 2))
    shop.ingest(1)
    whole = orders(3, 4, 5)
    shop.deliver(2, whole[: whole.index("\n5,") + 6])  # "5,Ann" and no more

    with pytest.raises(RapportError) as caught:
        shop.ingest(2)

    assert caught.value.code == "file-truncated"
    assert "middle of a row" in caught.value.what
    assert "2024-03-02.csv, row 3" in caught.value.where
    assert "delivered whole" in caught.value.todo
    assert shop.loaded() == ["1", "2"]
    assert shop.gated_days() == ["2024-03-01"]

    shop.deliver(2, whole)
    shop.ingest(2)
    assert shop.loaded() == ["1", "2", "3", "4", "5"]
    shop.check_accounts()


def test_half_written_json_line_is_not_loaded(web: Shop, tmp_path: object) -> None:
    import gzip

    whole = gzip.decompress(events(1, 2, 3))
    web.deliver(1, gzip.compress(whole[:-12]), "jsonl.gz")

    with pytest.raises(RapportError) as caught:
        web.ingest(1)

    assert caught.value.code == "file-truncated"
    assert "2024-03-01.jsonl.gz, row 3" in caught.value.where
    assert web.loaded() == [] and web.gated_days() == []


def test_truncated_gzip_is_not_loaded_as_a_shorter_day(web: Shop) -> None:
    web.deliver(1, events(*range(5000))[:-100], "jsonl.gz")

    with pytest.raises(RapportError) as caught:
        web.ingest(1)

    assert caught.value.code == "file-truncated"
    assert "2024-03-01.jsonl.gz" in caught.value.where
    assert caught.value.todo
    assert web.loaded() == [] and web.deliveries() == []

    web.deliver(1, events(*range(5000)), "jsonl.gz")
    web.ingest(1)
    assert len(web.loaded()) == 5000
    web.check_accounts()


def test_wrong_encoding_names_the_line_and_loads_once_declared(shop: Shop) -> None:
    content = HEADER + "1,Ann,5.00,2024-03-01 09:00:00\n2,Zoë,6.00,2024-03-01 10:00:00\n"
    shop.deliver(1, content.encode("cp1252"))

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "file-encoding"
    assert "not utf-8: byte 0xeb" in caught.value.what
    assert caught.value.where.endswith("2024-03-01.csv, line 3")
    assert "encoding:" in caught.value.todo
    assert shop.loaded() == [] and shop.deliveries() == []

    shop.settings.source("shop").entities["orders"].fetch["encoding"] = "cp1252"
    shop.ingest(1)
    assert shop.loaded("customer") == ["Ann", "Zoë"]
    shop.check_accounts()


def test_html_page_instead_of_json_lines_is_not_data(web: Shop) -> None:
    page = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"
    web.settings.source("shop").entities["events"].fetch["pattern"] = "{date}.jsonl"
    web.deliver(1, page, "jsonl")

    with pytest.raises(RapportError) as caught:
        web.ingest(1)

    assert caught.value.code == "file-not-data"
    assert "web page" in caught.value.what
    assert "log-in or error page" in caught.value.todo
    assert web.loaded() == [] and web.deliveries() == []


def test_html_page_instead_of_csv_is_not_data(shop: Shop) -> None:
    shop.deliver(1, "<html><head><title>502 Bad Gateway</title></head></html>\n")

    with pytest.raises(RapportError) as caught:
        shop.ingest(1)

    assert caught.value.code == "file-not-data"
    assert shop.loaded() == [] and shop.deliveries() == []


def test_broken_lines_go_to_quarantine_and_the_rest_is_loaded(web: Shop) -> None:
    import gzip

    lines = [b'{"event_id": "e1", "kind": "page"}', b"oops", b'["no", "object"]']
    lines += [b'{"event_id": "e%d", "kind": "page"}' % number for number in range(2, 60)]
    web.deliver(1, gzip.compress(b"\n".join(lines) + b"\n"), "jsonl.gz")

    web.ingest(1)

    assert len(web.loaded()) == 59
    assert [(row["row"], row["original"]) for row in web.quarantined(1)] == [
        (2, "oops"),
        (3, '["no", "object"]'),
    ]
    assert web.deliveries()[0]["received"] == 61
    web.check_accounts()
