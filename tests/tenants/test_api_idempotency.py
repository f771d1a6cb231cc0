"""A POST that is sent twice is done once, also when both run at the same time or one dies."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections

from tenants import scope
from tenants.models import IdempotencyKey, Person, Vendor
from tenants.tasks import drop_old_answers
from tests.api import Api, api_of, new_client, token_of
from tests.tenants import trial_api

pytestmark = pytest.mark.urls("tests.tenants.trial_api")


@pytest.fixture(autouse=True)
def nothing_happens_meanwhile() -> Iterator[None]:
    yield
    trial_api.during.clear()


@pytest.fixture
def vendor(committed_db: str) -> Vendor:
    return Vendor.objects.create(code="one", name="One")


@pytest.fixture
def api(vendor: Vendor) -> Api:
    return api_of(vendor, "people.read", "people.write")


def people(vendor: Vendor) -> int:
    with scope.entered_vendor(vendor.pk):
        return Person.objects.count()


def test_the_same_request_gets_the_same_answer(vendor: Vendor, api: Api) -> None:
    first = api.post("/people", {"name": "Ana"}, Idempotency_Key="k1")
    second = api.post("/people", {"name": "Ana"}, Idempotency_Key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert [second[h] for h in ("Location", "ETag", "Content-Type", "Idempotency-Replayed")] == [
        first["Location"],
        first["ETag"],
        "application/json",
        "true",
    ]
    assert people(vendor) == 1


def test_another_body_under_the_same_key_is_refused(vendor: Vendor, api: Api) -> None:
    api.post("/people", {"name": "Ana"}, Idempotency_Key="k1")
    answer = api.post("/people", {"name": "Bea"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert people(vendor) == 1


def test_another_client_may_use_the_same_key(vendor: Vendor, api: Api) -> None:
    api.post("/people", {"name": "Ana"}, Idempotency_Key="k1")
    other = api_of(vendor, "people.write", "people.read", "events.read")
    assert other.post("/people", {"name": "Ana"}, Idempotency_Key="k1").status_code == 201
    assert people(vendor) == 2


def test_a_refused_request_may_be_sent_again(vendor: Vendor, api: Api) -> None:
    assert api.post("/people", {"name": "Nobody"}, Idempotency_Key="k1").status_code == 409
    assert api.post("/people", {"name": "Ana"}, Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_of_the_wrong_length_is_refused(vendor: Vendor, api: Api, key: str) -> None:
    assert api.post("/people", {"name": "Ana"}, Idempotency_Key=key).status_code == 400
    assert people(vendor) == 0


def test_a_crash_leaves_neither_work_nor_answer(vendor: Vendor, api: Api) -> None:
    def crash() -> None:
        raise MemoryError

    trial_api.during.append(crash)
    assert api.post("/people", {"name": "Ana"}, Idempotency_Key="k1").status_code == 500
    assert people(vendor) == 0
    trial_api.during.clear()
    assert api.post("/people", {"name": "Ana"}, Idempotency_Key="k1").status_code == 201
    assert people(vendor) == 1


def test_a_request_in_flight_is_not_done_twice(vendor: Vendor, api: Api) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert may_end.wait(20)

    def send() -> int:
        try:
            return api.post("/people", {"name": "Ana"}, Idempotency_Key="k1").status_code
        finally:
            connections.close_all()

    trial_api.during.append(wait)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send)
        assert begun.wait(20)
        answer = api.post("/people", {"name": "Ana"}, Idempotency_Key="k1")
        may_end.set()
        assert first.result() == 201
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
    assert answer["Retry-After"] == "1"
    assert people(vendor) == 1


def test_many_at_once_do_the_work_once(vendor: Vendor, api: Api) -> None:
    def send(_: int) -> int:
        try:
            return api.post("/people", {"name": "Ana"}, Idempotency_Key="k1").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(send, range(24)))
    assert statuses <= {201, 409}
    assert people(vendor) == 1


def test_an_answer_is_kept_for_a_day(vendor: Vendor, api: Api) -> None:
    start = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
    made = new_client(vendor, "people.write", "people.read")
    for hours, count in ((0, 1), (23, 1), (25, 2)):
        with time_machine.travel(start + dt.timedelta(hours=hours), tick=False):
            fresh = Api(token_of(made))
            assert fresh.post("/people", {"name": "A"}, Idempotency_Key="k").status_code == 201
        assert people(vendor) == count


def test_old_answers_are_swept(vendor: Vendor, api: Api) -> None:
    api.post("/people", {"name": "Ana"}, Idempotency_Key="old")
    assert drop_old_answers() == 0
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)):
        assert drop_old_answers() == 1
    with scope.entered_vendor(vendor.pk):
        assert IdempotencyKey.objects.count() == 0
