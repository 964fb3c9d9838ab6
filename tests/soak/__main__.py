"""`python -m tests.soak --minutes 15 --seed N`: jobs with faults, one after another, until the time is over.

Writes a line a job. Ends with status 1 at the first broken promise, and says how that job is made again by itself.
What each fault does: docs/faults.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TextIO

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from tests.bench.quick_cloud import QuickCloud, quick_cloud
from tests.integration.people import Person
from tests.soak.driving import Driver, Ended, NotEnded
from tests.soak.plans import Plan, make_plan
from tests.soak.promises import broken_promises, mails

_SETTLING_SECONDS = 5
"""After the last job, in which a second mail of one would come."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; 0: every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--job", type=int, help="this job of the seed alone")
    options = parser.parse_args(arguments)
    numbers = [options.job] if options.job is not None else _until(options.minutes)
    with quick_cloud() as quick:
        return soak(quick, sys.stdout, options.seed, (make_plan(options.seed, number) for number in numbers))


def soak(quick: QuickCloud, out: TextIO, seed: int, plans: Iterable[Plan]) -> int:
    """Make the jobs of these plans, and write about each; 1 at the first broken promise, else 0."""
    began, done, outcomes = time.monotonic(), list[str](), Counter[str]()
    with httpx.Client(base_url=quick.cloud.outputs.api_url) as client:
        person = Person(client, quick.cloud.demo_token())
        driver = Driver(quick, person, f"{seed}-{time.time_ns():x}")
        for plan in plans:
            broken = _job(driver, plan, out, done, outcomes)
            if broken:
                out.write("".join(f"  BROKEN: {sentence}\n" for sentence in broken))
                out.write(f"  {plan.label_rules + plan.rules}\n")
                out.write(f"Again: .venv/bin/python -m tests.soak --seed {seed} --job {plan.number}\n")
                return 1
    time.sleep(_SETTLING_SECONDS)
    if twice := [job for job in done if mails(quick, job) != 1]:
        out.write(f"  BROKEN: mailed again later: {twice} (seed {seed})\n")
        return 1
    figures = ", ".join(f"{code} {number}" for code, number in outcomes.most_common())
    seconds = time.monotonic() - began
    out.write(f"soak: seed {seed}, {len(done)} jobs, {seconds:.0f} s, all promises kept; images: {figures}\n")
    return 0


def _job(driver: Driver, plan: Plan, out: TextIO, done: list[str], outcomes: Counter[str]) -> list[str]:
    """Make the job, and the second one of what failed in it. What was broken."""
    began = time.monotonic()
    out.write(f"job {plan.number}: {plan}\n")
    out.flush()
    try:
        ended = driver.drive(plan)
        broken = _check(driver, ended, out, done, outcomes, began)
        if not broken and plan.again and ended.report["Totals"]["Failed"]:
            ended = driver.drive_again(ended)
            broken = _check(driver, ended, out, done, outcomes, began)
    except (NotEnded, AssertionError, httpx.HTTPError, BotoCoreError, ClientError) as error:
        broken = [f"{type(error).__name__}: {error}"]
    return broken


def _check(
    driver: Driver, ended: Ended, out: TextIO, done: list[str], outcomes: Counter[str], began: float
) -> list[str]:
    broken = broken_promises(driver.quick, driver.person, ended)
    codes = Counter(one["Error"]["Code"] if one["Error"] else "Succeeded" for one in ended.report["Images"])
    done.append(ended.job_id)
    outcomes.update(codes)
    calls = Counter(one["outcome"] for one in ended.calls)
    what = "again: " if ended.again else ""
    out.write(f"  {what}{ended.report['Job']['Status']} {dict(codes)}; calls {dict(calls)}; ")
    out.write(f"{time.monotonic() - began:.0f} s, {ended.job_id}\n")
    out.flush()
    return broken


def _until(minutes: float) -> Iterable[int]:
    """Numbers of jobs, as long as the time lasts."""
    deadline, number = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < deadline:
        yield number
        number += 1


if __name__ == "__main__":
    sys.exit(main())
