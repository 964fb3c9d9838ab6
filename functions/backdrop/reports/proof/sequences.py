"""Checks numbered files of which each names the one before (`jobs.proof.series`): the chain of a stack's reports, and
what people said about a job's images."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from backdrop.core import keys
from backdrop.jobs.approvals import ADDENDUM_SCHEMA
from backdrop.jobs.proof.series import Head
from backdrop.reports.proof.findings import Evidence, Findings, Seen, sha256_of
from backdrop.reports.proof.links import ERASURE_SCHEMA, LINK_SCHEMA
from backdrop.reports.proof.signature import Checker

_NUMBERED = re.compile(r"([0-9]{8})\.json")


ReadHead = Callable[[str], Head | None]
"""The newest number of a series (its folder) that the stack noted beside the bucket; None: it noted none."""


class Entry(NamedTuple):
    """A file of a series, as it lies there."""

    number: int
    key: str
    data: bytes
    body: Mapping[str, Any]


def check_approvals(
    found: Findings,
    evidence: Evidence,
    checker: Checker | None,
    report: Mapping[str, Any],
    read_head: ReadHead | None = None,
) -> list[Mapping[str, Any]]:
    """Check what people said about the report's images, and return it, in order. `read_head`: None where the stack
    can't be asked."""
    job = report["Job"]
    folder = keys.approvals_folder(job["StatusS3Prefix"])
    outputs = {one["ImageId"]: one["Output"]["Sha256"] for one in report["Images"] if one["Output"]}
    said = []
    for entry in _entries(found, evidence, checker, "APPROVAL", folder):
        body = entry.body
        right = _is_addendum(body) and body["JobId"] == job["Id"]
        if not found.expect(right, "APPROVAL", entry.key, "It is no word about an image of this job."):
            continue
        found.expect(
            outputs.get(body["ImageId"]) == body["Output"]["Sha256"],
            "APPROVAL",
            entry.key,
            f"It is about another file than the report's of image {body['ImageId']}.",
        )
        said.append(body)
    _check_end(found, evidence, "APPROVAL", folder, read_head)
    return said


def check_before(
    found: Findings, evidence: Evidence, checker: Checker | None, status_prefix: str, previous: Any
) -> None:
    """Check that the file before a report's own link is the one that it names. `previous`: the report's
    `Chain.Previous`."""
    if not isinstance(previous, dict):
        return
    key = keys.link_key(keys.chain_folder(status_prefix), int(previous["Number"]))
    if previous["Sha256"] is None:
        words = f"Number {previous['Number']} was not there any more when the report was written."
        found.note(Seen.UNSEEN, "CHAIN", key, words)
        return
    data = evidence.read(key)
    if data is None:
        seen = Seen.BROKEN if evidence.complete else Seen.UNSEEN
        found.note(seen, "CHAIN", key, f"Number {previous['Number']}, which the report names before it, is not there.")
        return
    words = f"It is not the file that the report names as number {previous['Number']}: one of the two was changed."
    found.expect(sha256_of(data) == previous["Sha256"], "CHAIN", key, words)
    _check_signature(found, evidence, checker, "CHAIN", key, data, last=False)


def check_chain(
    found: Findings,
    evidence: Evidence,
    checker: Checker | None,
    status_prefix: str,
    read_head: ReadHead | None = None,
    noted: Head | None = None,
) -> Head | None:
    """Check the chain of a stack's reports from its first link on, and that each report is the one that its last link
    names, or was erased as a later link says.

    Args:
        found: where findings go.
        evidence: the files.
        checker: of signatures; None: there is no key, and hashes alone are compared.
        status_prefix: any key under the stack's.
        read_head: None where the stack can't be asked.
        noted: a link that somebody noted earlier, for example from a mail.

    Returns:
        The newest link that is there; None: there is none.
    """
    folder = keys.chain_folder(status_prefix)
    links = list(_entries(found, evidence, checker, "CHAIN", folder))
    last = {str(one.body["Report"]["Key"]): one for one in links if _is_link(one.body)}
    notes = [one for one in links if _is_note(one.body)]
    erased = {str(job): note for note in notes for job in note.body["Erasure"]["Jobs"]}
    for entry in links:
        if not _is_link(entry.body) and not _is_note(entry.body):
            found.note(Seen.BROKEN, "CHAIN", entry.key, "It is no link of a chain of reports.")
    for key, entry in last.items():
        _check_report(found, evidence, checker, entry, key, erased.get(str(entry.body.get("JobId"))))
    _check_strangers(found, evidence, status_prefix, last)
    newest = _check_end(found, evidence, "CHAIN", folder, read_head, told=noted is None)
    if noted is not None:
        _check_noted(found, evidence, folder, noted, newest)
    return newest


def _check_report(
    found: Findings, evidence: Evidence, checker: Checker | None, entry: Entry, key: str, erased: Entry | None
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
    if found.expect(sha256_of(data) == wanted, "CHAIN", entry.key, words) and checker is not None:
        checker.check(found, evidence, "SIGNATURE", key, key, data)


def _check_strangers(found: Findings, evidence: Evidence, status_prefix: str, last: Mapping[str, Entry]) -> None:
    """A report without a link: its link was taken out from the chain's end, or it was never in it."""
    for key in evidence.keys(f"{status_prefix.partition('/')[0]}/"):
        if not re.search(r"/status_report_[0-9a-zA-Z_-]+\.json$", key) or key in last:
            continue
        head = _read_object(evidence.read(key))
        if head is None:
            found.note(
                Seen.BROKEN, "CHAIN", key, "It can't be read, and no link has it: it is no report of this stack."
            )
        elif head.get("Chain"):
            chain = head["Chain"]
            number = chain.get("Number") if isinstance(chain, dict) else chain
            found.note(Seen.BROKEN, "CHAIN", key, f"It says that it is number {number} of the chain; no link has it.")
        else:
            found.note(Seen.UNSEEN, "CHAIN", key, "It is in no chain: it was made before there was one, or unsigned.")


def _check_end(
    found: Findings, evidence: Evidence, what: str, folder: str, read_head: ReadHead | None, *, told: bool = True
) -> Head | None:
    """Whether the newest files of a series were taken away, which the files before them can't tell: the stack noted the
    newest number in a second place. Returns the newest that is there."""
    numbers = _numbers(evidence, folder)
    newest = _head_at(evidence, folder, numbers[-1]) if numbers else None
    if read_head is None:
        if told:
            found.note(
                Seen.UNSEEN,
                what,
                folder,
                f"The newest here is number {newest.number if newest else 0}. Whether later ones were taken away can't"
                " be seen from files alone: --stack asks the stack"
                + (", --head compares with a number that you noted." if what == "CHAIN" else "."),
            )
        return newest
    head = read_head(folder)
    if head is None:
        _check_unnoted(found, evidence, what, folder, numbers)
        return newest
    if newest is None or newest.number < head.number:
        count = head.number - (newest.number if newest else 0)
        words = f"The stack noted {head.number} as the newest; {_last_ones(count)} not there"
        if evidence.complete:
            found.note(Seen.BROKEN, what, folder, f"{words} any more.")
        else:
            found.note(Seen.UNSEEN, what, folder, f"{words}: the copy is older, or they were taken out of it.")
        return newest
    same = _head_at(evidence, folder, head.number) == head
    words = f"Number {head.number} is not the file whose hash the stack noted when it was written."
    if found.expect(same, what, keys.link_key(folder, head.number), words) and newest.number > head.number:
        words = (
            f"The stack noted {head.number}; {newest.number} came while this was checked, or its function broke off."
        )
        found.note(Seen.UNSEEN, what, folder, words)
    return newest


def _check_unnoted(found: Findings, evidence: Evidence, what: str, folder: str, numbers: list[int]) -> None:
    """Nothing is noted: so it is before the first file, and of files of versions of Backdrop that noted nothing."""
    noting = [number for number in numbers if _notes(evidence, keys.link_key(folder, number))]
    if len(noting) > 1:
        words = "The stack noted a newest number for these, and the note is gone: whether later ones are can't be told."
        found.note(Seen.BROKEN, what, folder, words)
    elif numbers:
        words = "The stack has not noted a newest number yet: whether later ones were taken away can't be told."
        found.note(Seen.UNSEEN, what, folder, words)


def _check_noted(found: Findings, evidence: Evidence, folder: str, noted: Head, newest: Head | None) -> None:
    """A link that somebody noted is still there, as it was."""
    there = _head_at(evidence, folder, noted.number)
    if there is None and not evidence.complete and len(_numbers(evidence, folder)) <= 1:
        words = f"Number {noted.number}, which you noted, is not in the folder, which holds no chain."
        found.note(Seen.UNSEEN, "CHAIN", folder, words)
        return
    words = (
        f"Number {noted.number}, which you noted, is not there; the newest is {newest.number if newest else 0}."
        if there is None
        else f"Number {noted.number} is not the link that you noted: its SHA-256 is {there.sha256}."
    )
    found.expect(there == noted, "CHAIN", keys.link_key(folder, noted.number), words)


def _last_ones(count: int) -> str:
    return "that one is" if count == 1 else f"the last {count:,} are"


def _head_at(evidence: Evidence, folder: str, number: int) -> Head | None:
    data = evidence.read(keys.link_key(folder, number))
    return None if data is None else Head(number, sha256_of(data))


def _notes(evidence: Evidence, key: str) -> bool:
    """Whether the version of Backdrop that wrote it noted the newest number."""
    body = _read_object(evidence.read(key))
    return body is not None and body.get("SchemaVersion") != "1.0"


def _numbers(evidence: Evidence, folder: str) -> list[int]:
    return sorted(
        int(match[1]) for key in evidence.keys(folder) if (match := _NUMBERED.fullmatch(key.removeprefix(folder)))
    )


def _entries(found: Findings, evidence: Evidence, checker: Checker | None, what: str, folder: str) -> Iterator[Entry]:
    """The readable files of a series, each checked against the one before."""
    numbers = _numbers(evidence, folder)
    if not numbers:
        return
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    if missing and what == "CHAIN" and not evidence.complete and len(numbers) == 1:
        # As results are downloaded: with the report's own link.
        found.note(Seen.UNSEEN, what, folder, f"Of the chain only number {numbers[0]} is in the folder.")
        missing = []
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
    body = _read_object(data)
    if body is None or not {"Previous", "Number"} <= body.keys():
        found.note(Seen.BROKEN, what, key, "It can't be read: it was changed.")
        return None
    previous, own = body["Previous"], body["Number"]
    if number == 1:
        words = "It is the first, and names one before it."
        found.expect(own == 1 and previous is None, what, key, words)
    elif before is not None:
        wanted = {"Number": number - 1, "Sha256": sha256_of(before.data)}
        words = f"What it names as number {number - 1} is not what lies there: one of the two was changed."
        found.expect(own == number and previous == wanted, what, key, words)
    return Entry(number, key, data, body)


def _read_object(data: bytes | None) -> Mapping[str, Any] | None:
    """A file's JSON object; None: it is none, whoever wrote it."""
    try:
        body = json.loads(data or b"")
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _has(body: Mapping[str, Any], path: str, kind: type) -> bool:
    """Whether a field of that kind is there: what has a schema's name may have anything else in it."""
    place: Any = body
    for name in path.split("."):
        place = place.get(name) if isinstance(place, dict) else None
    return isinstance(place, kind)


def _is_link(body: Mapping[str, Any]) -> bool:
    return body.get("Schema") == LINK_SCHEMA and _has(body, "Report.Key", str) and _has(body, "Report.Sha256", str)


def _is_note(body: Mapping[str, Any]) -> bool:
    return body.get("Schema") == ERASURE_SCHEMA and _has(body, "Erasure.Jobs", list)


def _is_addendum(body: Mapping[str, Any]) -> bool:
    needed = ("JobId", "ImageId", "Output.Sha256")
    return body.get("Schema") == ADDENDUM_SCHEMA and "Verdict" in body and all(_has(body, one, str) for one in needed)


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
