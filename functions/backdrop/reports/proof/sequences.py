"""Checks numbered files of which each names the one before (`jobs.proof.series`): the chain of a stack's reports, and
what people said about a job's images."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from backdrop.core import keys
from backdrop.jobs.approvals import ADDENDUM_SCHEMA
from backdrop.reports.proof.findings import Evidence, Findings, Seen, sha256_of
from backdrop.reports.proof.links import ERASURE_SCHEMA, LINK_SCHEMA
from backdrop.reports.proof.signature import Checker

_NUMBERED = re.compile(r"([0-9]{8})\.json")


class Entry(NamedTuple):
    """A file of a series, as it lies there."""

    number: int
    key: str
    data: bytes
    body: Mapping[str, Any]


def check_approvals(
    found: Findings, evidence: Evidence, checker: Checker | None, report: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Check what people said about the report's images, and return it, in order."""
    job = report["Job"]
    outputs = {one["ImageId"]: one["Output"]["Sha256"] for one in report["Images"] if one["Output"]}
    said = []
    for entry in _entries(found, evidence, checker, "APPROVAL", keys.approvals_folder(job["StatusS3Prefix"])):
        body = entry.body
        right = body.get("Schema") == ADDENDUM_SCHEMA and body.get("JobId") == job["Id"]
        if not found.expect(right, "APPROVAL", entry.key, "It is no word about an image of this job."):
            continue
        found.expect(
            outputs.get(body["ImageId"]) == body["Output"]["Sha256"],
            "APPROVAL",
            entry.key,
            f"It is about another file than the report's of image {body['ImageId']}.",
        )
        said.append(body)
    return said


def check_chain(found: Findings, evidence: Evidence, checker: Checker, status_prefix: str) -> int:
    """Check the chain of a stack's reports from its first link on, and that each report is the one that its last link
    names, or was erased as a later link says. Returns how many links there are."""
    links = list(_entries(found, evidence, checker, "CHAIN", keys.chain_folder(status_prefix)))
    last = {str(one.body["Report"]["Key"]): one for one in links if one.body.get("Schema") == LINK_SCHEMA}
    notes = [one for one in links if one.body.get("Schema") == ERASURE_SCHEMA]
    erased = {str(job): note for note in notes for job in note.body["Erasure"]["Jobs"]}
    for entry in links:
        if entry.body.get("Schema") not in (LINK_SCHEMA, ERASURE_SCHEMA):
            found.note(Seen.BROKEN, "CHAIN", entry.key, "It is no link of a chain of reports.")
    for key, entry in last.items():
        _check_report(found, evidence, checker, entry, key, erased.get(str(entry.body.get("JobId"))))
    _check_strangers(found, evidence, status_prefix, last)
    return len(links)


def _check_report(
    found: Findings, evidence: Evidence, checker: Checker, entry: Entry, key: str, erased: Entry | None
) -> None:
    data = evidence.read(key)
    if data is None and erased is not None and erased.number > entry.number:
        words = f"It was erased on {erased.body['At']}, as number {erased.number} of the chain says."
        found.note(Seen.UNSEEN, "CHAIN", key, words)
        return
    if data is None:
        seen = Seen.BROKEN if evidence.complete else Seen.UNSEEN
        found.note(seen, "CHAIN", entry.key, f"Its report {key} is not there.")
        return
    wanted = entry.body["Report"]["Sha256"]
    words = f"{key} is not the report that the chain has at {entry.number}: its SHA-256 is {sha256_of(data)}."
    if found.expect(sha256_of(data) == wanted, "CHAIN", entry.key, words):
        checker.check(found, evidence, "SIGNATURE", key, key, data)


def _check_strangers(found: Findings, evidence: Evidence, status_prefix: str, last: Mapping[str, Entry]) -> None:
    """A report without a link: its link was taken out from the chain's end, or it was never in it."""
    for key in evidence.keys(f"{status_prefix.partition('/')[0]}/"):
        if not re.search(r"/status_report_[0-9a-zA-Z_-]+\.json$", key) or key in last:
            continue
        head = json.loads(evidence.read(key) or b"{}")
        if head.get("Chain"):
            number = head["Chain"].get("Number")
            found.note(Seen.BROKEN, "CHAIN", key, f"It says that it is number {number} of the chain; no link has it.")
        else:
            found.note(Seen.UNSEEN, "CHAIN", key, "It is in no chain: it was made before there was one, or unsigned.")


def _entries(found: Findings, evidence: Evidence, checker: Checker | None, what: str, folder: str) -> Iterator[Entry]:
    """The readable files of a series, each checked against the one before."""
    numbers = sorted(
        int(match[1]) for key in evidence.keys(folder) if (match := _NUMBERED.fullmatch(key.removeprefix(folder)))
    )
    if not numbers:
        return
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    for number in missing:
        found.note(Seen.BROKEN, what, keys.link_key(folder, number), f"Number {number} of {numbers[-1]} was taken out.")
    before: Entry | None = None
    for number in numbers:
        key = keys.link_key(folder, number)
        data = evidence.read(key) or b""
        if before is not None and before.number != number - 1:
            before = None
        entry = _entry(found, what, number, key, data, before)
        _check_signature(found, evidence, checker, what, key, data, last=number == numbers[-1])
        if entry is not None:
            yield entry
        before = entry or Entry(number, key, data, {})


def _entry(found: Findings, what: str, number: int, key: str, data: bytes, before: Entry | None) -> Entry | None:
    try:
        body = json.loads(data)
        previous, own = body["Previous"], body["Number"]
    except (ValueError, KeyError, TypeError):
        found.note(Seen.BROKEN, what, key, "It can't be read: it was changed.")
        return None
    if number == 1:
        words = "It is the first, and names one before it."
        found.expect(own == 1 and previous is None, what, key, words)
    elif before is not None:
        wanted = {"Number": number - 1, "Sha256": sha256_of(before.data)}
        words = f"What it names as number {number - 1} is not what lies there: one of the two was changed."
        found.expect(own == number and previous == wanted, what, key, words)
    return Entry(number, key, data, body)


def _check_signature(
    found: Findings, evidence: Evidence, checker: Checker | None, what: str, key: str, data: bytes, *, last: bool
) -> None:
    if checker is None:
        return
    if not last and evidence.read(keys.signature_key(key)) is None:
        # Its function broke off before it laid the signature down, or somebody took that away. The next one is signed
        # and names its hash.
        found.note(Seen.UNSEEN, what, key, "Its own signature is not there; the next one's covers it.")
        return
    checker.check(found, evidence, what, key, key, data)
