"""The served CRM answers as HubSpot does."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from rapport.errors import RapportError
from rapport.simulate import serve

pytestmark = pytest.mark.xdist_group("simulate")
TOKEN = "pat-of-the-tests"


class Client:
    """Calls the app without a network."""

    def __init__(self, app: Any, token: str | None = TOKEN) -> None:
        self.app = app
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://crm", headers=self.headers
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(once())

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.call("POST", path, json=body)


@pytest.fixture(scope="module")
def client(made):
    return Client(serve.create_app(made.folder, TOKEN, rate_limit_per_10s=0))


def test_a_record_has_hubspots_shape(client):
    answer = client.get("/crm/v3/objects/contacts", limit=1, properties="email,city,no_such").json()
    record = answer["results"][0]
    assert set(record) == {"id", "properties", "createdAt", "updatedAt", "archived"}
    assert record["archived"] is False
    assert set(record["properties"]) == {
        "email", "city", "createdate", "lastmodifieddate", "hs_object_id"
    }  # fmt: skip
    assert record["createdAt"] == record["properties"]["createdate"]
    assert record["createdAt"].endswith("Z")
    assert answer["paging"]["next"]["after"] == record["id"]


def test_paging_gives_every_record_once(client, made):
    ids: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = client.get("/crm/v3/objects/deals", limit=100, **after).json()
        ids += [record["id"] for record in answer["results"]]
        if "paging" not in answer:
            break
        after = {"after": answer["paging"]["next"]["after"]}
    assert ids == sorted(set(ids), key=int)
    assert set(ids) == set(made.crm("deals")["id"].astype(str))


def test_associations_come_with_the_list_but_not_with_a_search(client):
    answer = client.get("/crm/v3/objects/tickets", limit=5, associations="contacts").json()
    first = answer["results"][0]
    (link,) = first["associations"]["contacts"]["results"]
    assert link["type"] == "ticket_to_contact"
    assert client.get(f"/crm/v3/objects/contacts/{link['id']}").status_code == 200
    found = client.post(
        "/crm/v3/objects/tickets/search", {"limit": 5, "associations": ["contacts"]}
    )
    assert "associations" not in found.json()["results"][0]


def test_associations_are_read_in_batches(client):
    ids = [r["id"] for r in client.get("/crm/v3/objects/tickets", limit=3).json()["results"]]
    body = {"inputs": [{"id": identity} for identity in [*ids, "1"]]}
    answer = client.post("/crm/v4/associations/tickets/contacts/batch/read", body)
    assert answer.status_code == 207
    found = answer.json()
    assert [result["from"]["id"] for result in found["results"]] == ids
    assert isinstance(found["results"][0]["to"][0]["toObjectId"], int)
    assert found["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    only = client.post(
        "/crm/v4/associations/tickets/contacts/batch/read", {"inputs": [{"id": ids[0]}]}
    )
    assert only.status_code == 200


def search(client: Client, kind: str = "contacts", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/crm/v3/objects/{kind}/search", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def modified(operator: str, value: str, high: str | None = None) -> list[Any]:
    item = {"propertyName": "lastmodifieddate", "operator": operator, "value": value}
    return [{"filters": [item | ({"highValue": high} if high else {})]}]


def test_search_filters_sorts_and_counts(client, made):
    sorts = [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
    contacts = made.crm("contacts")["lastmodifieddate"]
    since = "2025-10-01T00:00:00.000Z"
    answer = search(client, filterGroups=modified("GTE", since), sorts=sorts, limit=200)
    assert answer["total"] == (contacts >= since).sum()
    moments = [record["updatedAt"] for record in answer["results"]]
    assert moments == sorted(moments)
    assert answer["paging"]["next"]["after"] == "200"
    # Epoch milliseconds, as HubSpot documents it, mean the same instant.
    by_epoch = search(client, filterGroups=modified("GTE", "1759276800000"), limit=1)
    assert by_epoch["total"] == answer["total"]
    window = search(client, filterGroups=modified("BETWEEN", since, "2025-10-08T00:00:00.000Z"))
    inside = (contacts >= since) & (contacts <= "2025-10-08T00:00:00.000Z")
    assert window["total"] == inside.sum()


def test_search_pages_meet_without_overlap(client):
    sorts = [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
    groups = modified("LT", "2025-06-01T00:00:00.000Z")
    first = search(client, filterGroups=groups, sorts=sorts, limit=50)
    second = search(client, filterGroups=groups, sorts=sorts, limit=50, after="50")
    ids = [record["id"] for record in first["results"] + second["results"]]
    assert len(ids) == len(set(ids)) == 100


def test_search_finds_by_other_properties(client, made):
    contact = made.crm("contacts").dropna(subset=["email"]).iloc[5]
    item = {"propertyName": "email", "operator": "EQ", "value": contact["email"]}
    answer = search(client, filterGroups=[{"filters": [item]}], properties=["email"])
    assert str(contact["id"]) in [record["id"] for record in answer["results"]]


def test_a_search_ends_at_ten_thousand_rows(client):
    assert client.post(
        "/crm/v3/objects/contacts/search", {"limit": 200, "after": "9800"}
    ).status_code == 200  # fmt: skip
    answer = client.post("/crm/v3/objects/contacts/search", {"limit": 200, "after": "10000"})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 0},
        {"after": "x"},
        {"filterGroups": [{"filters": [{"propertyName": "nope", "operator": "EQ", "value": "1"}]}]},
        {
            "filterGroups": [
                {"filters": [{"propertyName": "email", "operator": "ODD", "value": "1"}]}
            ]
        },
        {"filterGroups": modified("GTE", "yesterday")},
        {"sorts": [{"propertyName": 'id"; drop table contacts; --'}]},
        [],
    ],
)
def test_a_search_that_makes_no_sense_is_a_400(client, body):
    answer = client.post("/crm/v3/objects/contacts/search", body)
    assert answer.status_code == 400
    assert {"status", "message", "correlationId", "category"} <= set(answer.json())


def test_unknown_types_and_places(client):
    assert client.get("/crm/v3/objects/planets").status_code == 400
    assert client.get("/crm/v3/objects/contacts/1").status_code == 404
    assert client.get("/nothing").json()["category"] == "OBJECT_NOT_FOUND"
    assert client.get("/crm/v3/objects/contacts", limit=101).status_code == 400


def test_a_missing_or_wrong_token_is_a_401(made):
    app = serve.create_app(made.folder, TOKEN)
    for token in (None, "wrong", ""):
        answer = Client(app, token).get("/crm/v3/objects/contacts")
        assert answer.status_code == 401
        assert answer.json()["category"] == "INVALID_AUTHENTICATION"
        assert "WWW-Authenticate" not in answer.headers


def test_errors_are_the_same_each_time(client):
    first, second = (client.get("/crm/v3/objects/planets").json() for _ in range(2))
    assert first == second


def test_too_many_calls_are_a_429_until_the_window_has_passed(made):
    now = [100.0]
    app = serve.create_app(made.folder, TOKEN, rate_limit_per_10s=3, timer=lambda: now[0])
    client = Client(app)
    for _ in range(3):
        assert client.get("/crm/v3/owners").status_code == 200
    refused = client.get("/crm/v3/owners")
    assert refused.status_code == 429
    assert refused.json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert refused.json()["category"] == "RATE_LIMITS"
    now[0] += int(refused.headers["Retry-After"])
    assert client.get("/crm/v3/owners").status_code == 200


def test_owners(client):
    answer = client.get("/crm/v3/owners").json()
    assert {"id", "email", "firstName", "lastName", "updatedAt"} <= set(answer["results"][0])
    assert len(answer["results"]) == 8


@pytest.mark.parametrize(
    "kind", ["campaigns", "campaign_members", "feedback_submissions", "companies"]
)
def test_every_object_type_is_served(client, kind):
    answer = client.get(f"/crm/v3/objects/{kind}", limit=2).json()
    assert answer["results"][0]["updatedAt"]


def test_a_page_takes_milliseconds(client):
    begun = time.perf_counter()
    for _ in range(10):
        client.get("/crm/v3/objects/contacts", limit=100, associations="deals")
    assert (time.perf_counter() - begun) / 10 < 0.25


def test_no_simulation_no_server(tmp_path):
    with pytest.raises(RapportError) as refusal:
        serve.create_app(tmp_path, TOKEN)
    assert refusal.value.code == "simulate-missing"
