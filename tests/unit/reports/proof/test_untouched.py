"""A job that nobody touched verifies, of whatever kind it is: nothing is broken, and every request is made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backdrop.models import registry
from backdrop.reports.proof.findings import Findings, Seen
from backdrop.reports.proof.sequences import check_chain
from backdrop.reports.proof.signature import Checker
from tests.unit.reports.proof.workshop import Workshop, drawn_mask, judged, reader, small_photo

PHOTO = small_photo()
KINDS: list[dict[str, Any]] = [
    {},
    {"Output": {"Aspect": "2:1", "Format": "PNG"}, "Variations": 2},
    {"Background": "#336699"},
]
JOBS = [
    (adapter.model_id, options)
    for adapter in registry.all_models()
    for options in KINDS
    if adapter.settings.generates or "Background" in options
]


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with pytest.MonkeyPatch.context() as patch:
        yield Workshop(patch)


def broken(found: Findings) -> list[tuple[str, str, str]]:
    return [(one.what, one.where, one.words) for one in found.of(Seen.BROKEN)]


@pytest.mark.parametrize(("number", "model_id", "options"), [(n, *job) for n, job in enumerate(JOBS)], ids=str)
def test_a_job_of_each_family(workshop: Workshop, number: int, model_id: str, options: dict[str, Any]) -> None:
    seeds = list(range(5, 5 + options.get("Variations", 1)))
    lines = [{"ImageId": "00000000", "Photo": PHOTO, "Seeds": seeds}]

    key = workshop.make(number, lines, ModelId=model_id, Options=options)

    judgement = judged(workshop.files, key)
    assert broken(judgement.findings) == []
    passes = sum(len(image["Passes"]) for image in judgement.report["Images"])
    assert passes > 0
    # Those that are kept are counted, too.
    assert judgement.findings.counts["REQUEST"] == 2 * passes
    assert not [one for one in judgement.findings.of(Seen.UNSEEN) if one.what == "REQUEST"]
    assert judgement.signed


def test_scenes_and_outputs_of_one_cut_out(workshop: Workshop) -> None:
    options = {
        "Outputs": [{"Aspect": "2:1", "Format": "PNG"}],
        "Scenes": [{"Prompt": "on marble"}, {"Background": "#aabbcc"}],
    }
    lines: list[dict[str, Any]] = [
        {"ImageId": "00000000", "Photo": PHOTO, "Seeds": [5] * 6, "Prompt": "on oak"},
        {"ImageId": "00000001", "Photo": PHOTO, "Seeds": [5] * 4, "Scenes": [3, 2], "Sku": "MUG-7"},
    ]

    key = workshop.make(60, lines, Options=options)

    judgement = judged(workshop.files, key)
    assert broken(judgement.findings) == []
    images = judgement.report["Images"]
    assert [image["Prompt"] for image in images] == [
        "on oak",
        "on oak",
        "on marble",
        "on marble",
        "",
        "",
        "",
        "",
        "on marble",
        "on marble",
    ]
    assert not [one for one in judgement.findings.of(Seen.UNSEEN) if one.what == "REQUEST"]


def test_masks_of_ones_own_failures_cancels_and_retries(workshop: Workshop) -> None:
    size = (400, 320)
    lines: list[dict[str, Any]] = [
        {"ImageId": "00000000", "Photo": PHOTO, "Seeds": [5, 6], "Prompt": "on oak"},
        {"ImageId": "00000001", "Photo": PHOTO, "Mask": drawn_mask(size), "MaskFrom": "Edited", "MaskAt": "2026-11-20"},
        {"ImageId": "00000002", "Photo": PHOTO, "Mask": drawn_mask(size), "MaskFrom": "Upload"},
        {"ImageId": "00000003", "Photo": PHOTO},
        {"ImageId": "00000004", "Photo": PHOTO},
    ]

    key = workshop.make(50, lines, {"00000003": "failed", "00000004": "cancelled"})

    judgement = judged(workshop.files, key)
    assert broken(judgement.findings) == []
    totals = judgement.report["Totals"]
    assert (totals["Succeeded"], totals["Failed"], totals["Cancelled"]) == (4, 2, 1)
    assert totals["ModelCalls"] > sum(len(image["Passes"]) for image in judgement.report["Images"]), "with retries"
    assert [(image["Mask"] or {}).get("From") for image in judgement.report["Images"]] == [
        *("CutOut", "CutOut", "Edited", "Upload", "CutOut", None)
    ]


def test_without_payloads_the_requests_are_made_again_all_the_same(workshop: Workshop) -> None:
    key = workshop.make(51, [{"ImageId": "00000000", "Photo": PHOTO}], KeepPayloads=False)

    assert not [one for one in workshop.files if "/in/" in one and one.endswith(".json")]
    judgement = judged(workshop.files, key)
    assert broken(judgement.findings) == []
    assert judgement.findings.counts["REQUEST"] == 2


def test_a_report_that_is_written_anew_keeps_one_chain(workshop: Workshop) -> None:
    first = workshop.make(52, [{"ImageId": "00000000", "Photo": PHOTO}])
    before = workshop.read(first)["Chain"]["Number"]

    again = workshop.report(*workshop.last)

    assert again == first
    assert workshop.read(again)["Chain"]["Number"] == before + 1
    assert broken(judged(workshop.files, again).findings) == []
    assert broken(chain_of(workshop)) == []


def test_two_reports_that_end_at_once_take_two_numbers(workshop: Workshop) -> None:
    """Between looking for the last number and taking the next one, another report takes it."""
    numbers: list[int] = []
    signed = workshop.kms.sign

    def sign(**request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = signed(**request)
        if not numbers:
            numbers.append(0)
            other = workshop.make(54, [{"ImageId": "00000000", "Photo": PHOTO}])
            numbers.append(workshop.read(other)["Chain"]["Number"])
        return answer

    workshop.kms.sign = sign  # type: ignore[method-assign]
    try:
        key = workshop.make(53, [{"ImageId": "00000000", "Photo": PHOTO}])
    finally:
        workshop.kms.sign = signed  # type: ignore[method-assign]

    assert workshop.read(key)["Chain"]["Number"] == numbers[1] + 1
    assert broken(judged(workshop.files, key).findings) == []
    assert broken(chain_of(workshop)) == []


def chain_of(workshop: Workshop) -> Findings:
    found = Findings()
    pem = workshop.files[f"status/keys/{workshop.kms.fingerprint}.pem"]
    assert check_chain(found, workshop.files, Checker(pem), "status/x", reader(workshop.heads))
    return found
