"""Checks a report against the files that it speaks of: nothing else is asked, neither AWS nor a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from backdrop.aws.objects import lines_of
from backdrop.core import keys
from backdrop.core.errors import BackdropError
from backdrop.core.options_json import from_dict
from backdrop.core.workflow_state import RunningJob, read_job
from backdrop.jobs.manifest import read_items
from backdrop.jobs.model import variation_id
from backdrop.reports.proof.findings import Evidence, Findings, Seen, check_file, sha256_of
from backdrop.reports.proof.pages import split_page
from backdrop.reports.proof.rebuilding import Rebuilder
from backdrop.reports.proof.sequences import ReadHead, check_approvals, check_before
from backdrop.reports.proof.signature import Checker, NoPublicKey
from backdrop.reports.proof.sums import check_cost, check_totals

SIGNATURE = "SIGNATURE"


class NotAReport(ValueError):
    """A file is no report that can be checked; the message says why."""


class Judgement(NamedTuple):
    """What became of a check: the report, the findings, and what people said about the images."""

    report: Mapping[str, Any]
    findings: Findings
    approvals: list[Mapping[str, Any]]

    @property
    def signed(self) -> bool:
        """Whether the report's signature was seen and is good."""
        return any(one.what == SIGNATURE and one.seen is Seen.HOLDS for one in self.findings.all)


def judge_report(
    data: bytes,
    key: str,
    evidence: Evidence,
    schema_faults: Callable[[Any], list[str]],
    public_key: bytes | None = None,
    read_head: ReadHead | None = None,
) -> Judgement:
    """Check a report (its bytes, and its key in the bucket) and all that it speaks of.

    Args:
        data: of the report.
        key: where it lies; its signature is looked for at `<key>.sig`.
        evidence: the files.
        schema_faults: what the schema finds wrong with a document.
        public_key: PEM, of the key that the stack is known to sign with; None: the one that lies beside the report.
        read_head: None where the stack can't be asked.

    Raises:
        NotAReport: it is none.
        NoPublicKey: `public_key` is none.
    """
    report = read_report(data)
    found = Findings()
    faults = schema_faults(report)
    found.expect(not faults, "SCHEMA", "report", "; ".join(faults[:3]))
    checker = find_checker(found, evidence, report, public_key)
    if checker is not None:
        checker.check(found, evidence, SIGNATURE, "report", key, data)
    if faults:
        # Nothing can be counted on that is in it.
        return Judgement(report, found, [])
    job = _job_of(report)
    own = keys.report_keys(str(report["Job"]["StatusS3Prefix"]), str(report["Job"]["Id"])).json
    words = f"It is the report of another job, {report['Job']['Id']}, whose place is {own}."
    found.expect(key == own, "PLACE", key, words)
    _check_link(found, evidence, checker, report, sha256_of(data))
    _check_manifest(found, evidence, report)
    csv = (report.get("Files") or {}).get("Csv")
    if csv:
        check_file(found, evidence, "CSV", "report", csv["Key"], csv["Sha256"])
    _check_page(found, evidence, checker, report)
    check_totals(found, report)
    try:
        check_cost(found, report, job)
    except BackdropError as error:
        found.note(Seen.BROKEN, "COST", "report", f"It can't be added up: {error.cause}")
    backdrop = job.options.backdrop
    if backdrop is not None and backdrop.sha256:
        check_file(found, evidence, "BACKDROP", "job", backdrop.key, backdrop.sha256)
    rebuilder = Rebuilder(found, evidence, job, report)
    for image in report["Images"]:
        _check_settings(found, report["Job"], job, image)
        _check_image(found, evidence, rebuilder, image)
    return Judgement(report, found, check_approvals(found, evidence, checker, report, read_head))


def read_report(data: bytes) -> Mapping[str, Any]:
    """The report in a file's bytes.

    Raises:
        NotAReport: it is none.
    """
    try:
        report = json.loads(data)
    except ValueError as error:
        raise NotAReport(f"it is no JSON ({error})") from error
    if not isinstance(report, dict) or report.get("Schema") != "backdrop-status-report":
        raise NotAReport("it is no status report of Backdrop")
    return report


def find_checker(
    found: Findings, evidence: Evidence, report: Mapping[str, Any], public_key: bytes | None
) -> Checker | None:
    """What signatures are checked with: the key that is known, else the one beside the report. None: there is none,
    which is noted.

    Raises:
        NoPublicKey: `public_key` is none.
    """
    key = (report.get("Chain") or {}).get("Key")
    if public_key is not None:
        checker = Checker(public_key)
        if key:
            words = f"The report was signed with another key ({key['Fingerprint'][:16]}...) than the one that you gave."
            found.expect(key["Fingerprint"] == checker.fingerprint, "KEY", "report", words)
        return checker
    if not key:
        why = report.get("ChainError") or "it was made by a version before 1.9 of the report"
        found.note(Seen.UNSEEN, SIGNATURE, "report", f"It is not signed: {why}.")
        return None
    pem = evidence.read(key["PublicKey"])
    if pem is None:
        words = f"There is no public key {key['PublicKey']}; give one with --key."
        found.note(Seen.BROKEN if evidence.complete else Seen.UNSEEN, "KEY", "report", words)
        return None
    try:
        checker = Checker(pem)
    except NoPublicKey as error:
        found.note(Seen.BROKEN, "KEY", "report", f"{key['PublicKey']}: {error}.")
        return None
    words = f"{key['PublicKey']} is another key than the report names."
    return checker if found.expect(checker.fingerprint == key["Fingerprint"], "KEY", "report", words) else None


def _job_of(report: Mapping[str, Any]) -> RunningJob:
    try:
        return read_job(report["Job"])
    except BackdropError as error:
        raise NotAReport(f"its job can't be read ({error.cause})") from error


def _check_link(
    found: Findings, evidence: Evidence, checker: Checker | None, report: Mapping[str, Any], sha256: str
) -> None:
    """The report's own place in the chain, and the one before."""
    chain = report.get("Chain")
    if not chain:
        return
    data = evidence.read(chain["Link"])
    if data is None:
        seen = Seen.BROKEN if evidence.complete else Seen.UNSEEN
        found.note(seen, "CHAIN", chain["Link"], "The report's link of the chain is not there.")
        return
    try:
        link = json.loads(data)
        same = link["Report"]["Sha256"] == sha256 and link["Number"] == chain["Number"]
        same = same and link["Previous"] == chain["Previous"]
    except (ValueError, KeyError, TypeError):
        same = False
    found.expect(same, "CHAIN", chain["Link"], "The link is of another report than this one, or was changed.")
    if checker is not None:
        checker.check(found, evidence, "CHAIN", chain["Link"], chain["Link"], data)
    check_before(found, evidence, checker, str(report["Job"]["StatusS3Prefix"]), chain["Previous"])


def _check_page(found: Findings, evidence: Evidence, checker: Checker | None, report: Mapping[str, Any]) -> None:
    """The page for people is one that the stack made of this job, whenever that was."""
    fact = (report.get("Files") or {}).get("Page")
    if not fact or checker is None:
        return
    key = fact["Key"]
    data = evidence.read(key)
    if data is None:
        gone = evidence.complete
        words = f"{key} is not there any more." if gone else f"{key} is not in the folder."
        found.note(Seen.BROKEN if gone else Seen.UNSEEN, "PAGE", key, words)
        return
    html, signature = split_page(data)
    good = signature is not None and checker.is_signed(html, signature)
    if not found.expect(good, "PAGE", key, "The page (HTML) was changed: it is not signed, or its signature is bad."):
        return
    title = f"<title>Backdrop report {report['Job']['Id']}</title>".encode()
    found.expect(title in html, "PAGE", key, "It is the page of another job.")


def _check_manifest(found: Findings, evidence: Evidence, report: Mapping[str, Any]) -> None:
    """The images of the report are those of the job's manifest, all of them and in its order."""
    fact = (report.get("Files") or {}).get("Manifest")
    if not fact:
        return
    data = check_file(found, evidence, "MANIFEST", "job", fact["Key"], fact["Sha256"])
    if data is None:
        return
    wanted = [
        (variation_id(str(item["ImageId"]), number), item["ImageName"], item["Key"], int(seed), *_said_of(item))
        for item in read_items(lines_of(data))
        for number, seed in enumerate(item["Seeds"], start=1)
    ]
    told = [
        (one["ImageId"], one["ImageName"], one["Source"]["Key"], one["Seed"], *_said_of(one))
        for one in report["Images"]
    ]
    missing = sorted(one[0] for one in set(wanted) - set(told))
    extra = sorted(one[0] for one in set(told) - set(wanted))
    twice = sorted(image_id for image_id, number in Counter(one[0] for one in told).items() if number > 1)
    words = "The report's images are not those of the manifest"
    if missing:
        words += f"; it lacks {', '.join(missing[:5])}"
    if extra:
        words += f"; {', '.join(extra[:5])} are not in it"
    if twice:
        words += f"; it has {', '.join(twice[:5])} more than once"
    if not missing and not extra and not twice:
        words += ": their order is another"
    found.expect(told == wanted, "ROWS", "report", f"{words}.")


def _said_of(photo: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    """Article number and scenes of a photo, in the report as in the manifest; none in those of earlier versions."""
    return photo.get("Sku") or "", tuple(photo.get("Scenes") or ())


def _check_settings(found: Findings, told: Mapping[str, Any], job: RunningJob, image: Mapping[str, Any]) -> None:
    """An image has the settings of its job, of several scenes and outputs its own."""
    number = int(image["Variation"])
    other = [name for name in ("ModelId", "Mode", "NegativePrompt") if image[name] != told[name]]
    whole = job.options.of_photo(image.get("Scenes") or ())
    options = whole.of_image(number) if whole.outputs or whole.scenes else whole
    scene = whole.scene_of(number)
    # Reports of earlier versions do not tell it.
    if image.get("Scene") not in (None, whole.place_of_scene(number) + 1):
        other.append("Scene")
    if scene is not None and image["Prompt"] != scene.prompt:
        other.append("Prompt")
    try:
        if from_dict(image["Options"]) != options:
            other.append("Options")
    except BackdropError:
        other.append("Options")
    where = f"image {image['ImageId']}"
    found.expect(not other, "SETTINGS", where, f"It has other settings than its job: {', '.join(other)}.")


def _check_image(found: Findings, evidence: Evidence, rebuilder: Rebuilder, image: Mapping[str, Any]) -> None:
    where = f"image {image['ImageId']} ({image['ImageName']})"
    source, mask, output = image["Source"], image.get("Mask"), image["Output"]
    photo = check_file(found, evidence, "PHOTO", where, source["Key"], source["Sha256"]) if source["Sha256"] else None
    shape = check_file(found, evidence, "MASK", where, mask["Key"], mask["Sha256"]) if mask else None
    if output:
        check_file(found, evidence, "RESULT", where, output["Key"], output["Sha256"])
    for step in image["Passes"]:
        # Kept for a time only: what is still there must be what it was.
        for what, name in (("REQUEST", "Request"), ("ANSWER", "Response")):
            key = step.get(f"{name}Key")
            if key and (data := evidence.read(key)) is not None:
                words = f"{key} was changed."
                found.expect(sha256_of(data) == step[f"{name}Sha256"], what, f"{where}, {key}", words)
    try:
        rebuilder.check(image, photo, shape)
    except BackdropError as error:
        found.note(Seen.BROKEN, "REQUEST", where, f"Its requests can't be made again: {error.cause}")
