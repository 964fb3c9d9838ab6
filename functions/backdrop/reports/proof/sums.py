"""Checks a report's totals and cost against its own images and the price table of that date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from backdrop.core.workflow_state import RunningJob
from backdrop.models import price_history
from backdrop.models.plan import plan_of
from backdrop.reports.proof.findings import Findings, Seen
from backdrop.reports.proof.rebuilding import item_of

_CENTS = 1e-6


def check_totals(found: Findings, report: Mapping[str, Any]) -> None:
    """Count the images once more."""
    images, totals = report["Images"], report["Totals"]
    succeeded = [one for one in images if one["Status"] == "Succeeded"]
    failed = [one for one in images if one["Status"] == "Failed"]
    cancelled = [one for one in failed if (one["Error"] or {}).get("Code") == "JOB_CANCELLED"]
    counted = {
        "Images": len(images),
        "Succeeded": len(succeeded),
        "Failed": len(failed),
        "Cancelled": len(cancelled),
        "ModelCalls": sum(one["Attempts"] - one.get("Throttled", 0) for one in images),
        "AnswersReused": sum(bool(step.get("CopiedFrom")) for one in images for step in one["Passes"]),
        "NeedReview": sum(bool((one["Review"] or {}).get("Flags")) for one in succeeded),
    }
    for name, count in counted.items():
        if name in totals:
            words = f"The report says {totals[name]:,}; its images make {count:,}."
            found.expect(totals[name] == count, "TOTALS", f"Totals.{name}", words)
    status = report["Job"]["Status"]
    wanted = _status(len(succeeded), len(failed), len(cancelled))
    found.expect(status == wanted, "TOTALS", "Job.Status", f"The report says {status}; its images make {wanted}.")


def _status(succeeded: int, failed: int, cancelled: int) -> str:
    if cancelled:
        return "Cancelled"
    if not succeeded:
        return "Failed"
    return "PartlyFailed" if failed else "Succeeded"


def check_cost(found: Findings, report: Mapping[str, Any], job: RunningJob) -> None:
    """Multiply the calls of the images by the prices of the report's date, and add them up."""
    cost = report["Cost"]
    date = str(cost["PriceDate"])
    if date not in price_history.tables():
        words = f"This version knows no prices of {date}: check with the report's Software, or a later one."
        found.note(Seen.UNSEEN, "PRICE", "Cost.PriceDate", words)
    told = {one["ModelId"]: one for one in cost["Models"]}
    made = _made(report, job)
    for model_id in sorted(told.keys() | made.keys()):
        calls = told.get(model_id, {}).get("Calls", 0)
        words = f"The report counts {calls:,} calls of {model_id}; its images make {made[model_id]:,}."
        found.expect(calls == made[model_id], "COST", f"Cost.Models {model_id}", words)
    for model_id, one in told.items():
        _check_price(found, date, f"Cost.Models {model_id}", model_id, job.options.quality, one)
    labels = cost.get("Labels", {"Calls": 0, "UsdPerCall": 0, "Usd": 0})
    if "Labels" in cost:
        _check_price(found, date, "Cost.Labels", price_history.LABELS, None, labels)
    _check_sum(found, "Cost.Usd", cost["Usd"], sum(one["Usd"] for one in told.values()) + labels["Usd"])
    if "Regions" in cost:
        _check_sum(found, "Cost.Regions", sum(one["Usd"] for one in cost["Regions"]), cost["Usd"] - labels["Usd"])
        calls = sum(one["Calls"] for one in cost["Regions"])
        words = f"The Regions have {calls:,} calls, the models {made.total():,}."
        found.expect(calls == made.total(), "COST", "Cost.Regions", words)
    answered = Counter(
        str(step["ModelId"]) for one in report["Images"] for step in one["Passes"] if step.get("Attempts", 0) > 0
    )
    usd = sum(told[model_id]["UsdPerCall"] * calls for model_id, calls in answered.items() if model_id in told)
    _check_sum(found, "Cost.AnsweredUsd", cost["AnsweredUsd"], usd + labels["Usd"])


def _made(report: Mapping[str, Any], job: RunningJob) -> Counter[str]:
    made: Counter[str] = Counter()
    for image in report["Images"]:
        left = image["Attempts"] - image.get("Throttled", 0)
        for step in image["Passes"]:
            calls = step.get("Attempts", 0) - step.get("Throttled", 0)
            made[str(step["ModelId"])] += calls
            left -= calls
        if left > 0:
            # Calls of the pass that failed, which is the one after those that were answered.
            plan = plan_of(job, item_of(image))
            made[plan[min(len(image["Passes"]), len(plan) - 1)].service_id] += left
    return +made


def _check_price(
    found: Findings, date: str, where: str, called: str, quality: str | None, one: Mapping[str, Any]
) -> None:
    """Compare the price of a call with its date's table, and the sum with calls times price."""
    _check_sum(found, where, one["Usd"], one["Calls"] * one["UsdPerCall"])
    if date not in price_history.tables():
        return
    try:
        price = price_history.usd_per_call_on(date, called, quality)
    except KeyError:
        found.note(Seen.UNSEEN, "PRICE", where, f"The price table of {date} has no {called}.")
        return
    words = f"A call cost {price} USD on {date}; the report has {one['UsdPerCall']}."
    found.expect(abs(price - one["UsdPerCall"]) < _CENTS, "PRICE", where, words)


def _check_sum(found: Findings, where: str, told: float, added: float) -> None:
    words = f"The report says {told:g} USD; it adds up to {added:g} USD."
    # Each figure is rounded to a millionth.
    found.expect(abs(told - added) < 5 * _CENTS, "COST", where, words)
