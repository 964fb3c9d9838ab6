"""The HTTP side: routes, error bodies, health under load, no picture in the log."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.unit.localmodels.pictures import SAMPLES, encoded, photo, text
from tests.unit.localmodels.test_requests import INPAINT, REMOVE, inpaint


def test_invoke_over_http(client: httpx.Client) -> None:
    answer = client.post(f"/model/{INPAINT}/invoke", json=inpaint())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["finish_reasons"] == [None]
    escaped = INPAINT.replace(":", "%3A")
    assert client.post(f"/model/{escaped}/invoke", json=inpaint()).status_code == 200


def test_errors_have_aws_names(client: httpx.Client) -> None:
    answer = client.post(f"/model/{INPAINT}/invoke", json=inpaint(seed=-1))
    assert answer.status_code == 400
    assert answer.json()["__type"] == "ValidationException"
    assert "seed" in answer.json()["message"]
    assert client.post("/model/meta.llama3/invoke", json={}).json()["__type"] == "ResourceNotFoundException"
    assert client.post("/nothing", content=b"").status_code == 404
    assert client.get("/nothing").status_code == 404


def test_too_long_a_body_is_answered(client: httpx.Client) -> None:
    answer = client.post(f"/model/{INPAINT}/invoke", content=b" " * 25_000_001)
    assert answer.status_code == 400
    assert "25000000" in answer.json()["message"]


def test_detect_labels_over_http(client: httpx.Client) -> None:
    data = (SAMPLES / "photos" / "mug_wooden_desk.jpg").read_bytes()
    answer = client.post("/detect-labels?maxLabels=1&minConfidence=50", content=data)
    assert [label["Name"] for label in answer.json()["Labels"]] == ["Cup"]


def test_health_answers_at_once_while_pictures_are_worked_on(client: httpx.Client) -> None:
    body = json.dumps({"image": text(encoded(photo("mug_wooden_desk", 2000), "JPEG", quality=90))}).encode()
    with ThreadPoolExecutor(5) as callers:
        busy = [callers.submit(client.post, f"/model/{REMOVE}/invoke", content=body) for _ in range(5)]
        time.sleep(0.15)
        started = time.perf_counter()
        health = client.get("/health")
        waited = time.perf_counter() - started
        assert [call.result().status_code for call in busy] == [200] * 5
    assert health.json()["status"] == "ok"
    assert "no diffusion model" in health.json()["notice"]
    assert waited < 0.5


def test_the_log_has_one_line_without_the_picture(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="localcloud.models"):
        client.post(f"/model/{INPAINT}/invoke", json=inpaint())
        time.sleep(0.05)
    lines = [record.getMessage() for record in caplog.records if record.name == "localcloud.models"]
    assert len(lines) == 1
    assert lines[0].startswith(f"{INPAINT} 200 ")
    assert len(lines[0]) < 120
