"""`backdrop verify`: whether a report, and all that it speaks of, is what it was.

No service of Backdrop's is asked, only the files are read: with the reader's own AWS credentials, from the local cloud,
or from a folder; and, where the reader may, the stack's note of which files are the newest. The judging is Backdrop's
own code (`backdrop.reports.proof`), which made what is judged.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backdrop_cli.proof.stack import reach, read_noted
from backdrop_client.errors import BackdropClientError, WrongUse
from backdrop_client.proof.fetching import proof_folder, read_names

if TYPE_CHECKING:
    from backdrop.aws.objects import Objects
    from backdrop.jobs.proof.series import Head
    from backdrop.reports.proof.findings import Evidence
    from backdrop.reports.proof.judging import Judgement

S3 = "s3"
"""What `--from` says for the bucket."""

_ADDRESS = re.compile(r"s3://([^/]+)/(.+)")

_NAMED = re.compile(r"status_report_[0-9a-z]{26}\.json")

_WORDS = {
    "ANSWER": ("answer of a model that is still kept", "answers of models that are still kept"),
    "APPROVAL": ("check of approvals", "checks of approvals"),
    "BACKDROP": ("backdrop", "backdrops"),
    "CHAIN": ("check of the chain", "checks of the chain"),
    "COST": ("sum of the cost", "sums of the cost"),
    "CSV": ("table (CSV)", "tables (CSV)"),
    "KEY": ("key", "keys"),
    "MANIFEST": ("manifest", "manifests"),
    "MASK": ("mask", "masks"),
    "PAGE": ("check of the page", "checks of the page"),
    "PHOTO": ("photo", "photos"),
    "PLACE": ("place of the report", "places of reports"),
    "PRICE": ("price", "prices"),
    "REQUEST": ("model request, made again", "model requests, made again"),
    "RESULT": ("finished image", "finished images"),
    "ROWS": ("list of images", "lists of images"),
    "SCHEMA": ("schema", "schemas"),
    "SETTINGS": ("image's settings", "images' settings"),
    "SIGNATURE": ("signature of the report", "signatures of reports"),
    "TOTALS": ("total", "totals"),
}
"""Of one, and of several."""
_LINES = 40
"""As many lines of a kind as are printed; `--json` has all."""


@dataclass(frozen=True)
class Wish:
    """What the command line says. `report`: a file, or `s3://bucket/key`; `source`: a folder or `s3`; None: where the
    report lies; `stack`: which may be asked for its newest numbers; `head`: a link that was noted earlier."""

    report: str
    source: str | None
    chain: bool
    key: Path | None
    local: bool
    stack: str | None
    head: str | None
    region: str | None
    profile: str | None


@dataclass(frozen=True)
class Verdict:
    """What came out, and the newest link of the chain (None: it was not looked at, or there is none)."""

    wish: Wish
    judgement: Judgement
    newest: Head | None

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return not self._of("BROKEN")

    @property
    def proven(self) -> bool:
        """Whether the report's signature is good: all else is counted from it."""
        return self.judgement.signed

    @property
    def _job_id(self) -> str | None:
        # What is no report may have anything there.
        job = self.judgement.report.get("Job")
        return str(job.get("Id")) if isinstance(job, dict) else None

    def to_dict(self) -> dict[str, Any]:
        """The outcome for programs."""
        return {
            "report": self.wish.report,
            "jobId": self._job_id,
            "holds": self.holds,
            "signed": self.proven,
            "key": (self.judgement.report.get("Chain") or {}).get("Key"),
            "keyGiven": self.wish.key is not None,
            "chainLinks": self.newest.number if self.newest else None,
            "chainHead": f"{self.newest.number}:{self.newest.sha256}" if self.newest else None,
            "counts": self.judgement.findings.counts,
            "broken": self._of("BROKEN"),
            "unseen": self._of("UNSEEN"),
            "approvals": [dict(one) for one in self.judgement.approvals],
        }

    def to_text(self) -> str:
        """The outcome for people."""
        counts = ", ".join(_counted(number, what) for what, number in self.judgement.findings.counts.items())
        broken, unseen = self._of("BROKEN"), self._of("UNSEEN")
        lines = [f"Job {self._job_id}", f"Holds: {counts or 'nothing'}."]
        for title, found in (("DOES NOT HOLD", broken), ("Could not be seen", unseen)):
            if found:
                lines.append(f"{title} ({len(found):,}):")
                lines += [f"  {one['where']}: {one['words']}" for one in found[:_LINES]]
                if len(found) > _LINES:
                    lines.append(f"  ... and {len(found) - _LINES:,} more: --json has all.")
        lines += self._said()
        if self.newest:
            lines.append(
                f"Newest link of the chain: {self.newest.number}:{self.newest.sha256}. Noted elsewhere, it shows with"
                " --head that nothing was taken away up to it."
            )
        key = (self.judgement.report.get("Chain") or {}).get("Key")
        if key and self.wish.key is None and self.proven:
            lines.append(
                f"Signed with the key {key['Fingerprint']}, which lies beside the report: by itself that proves only"
                " that nothing was changed since both came from the same place. To know that it is your stack's,"
                " compare it with the key of your stack, or give that with --key."
            )
        if broken:
            lines.append(f"Result: {len(broken):,} {'things do' if len(broken) > 1 else 'thing does'} not hold.")
        elif self.proven:
            rest = "; the rest could not be seen" if unseen else ""
            lines.append(f"Result: all that was looked at holds{rest}.")
        else:
            lines.append("Result: not proven, for no signature was seen.")
        return "\n".join(lines)

    def _said(self) -> Iterator[str]:
        last = {str(one["ImageId"]): one for one in self.judgement.approvals}
        said = Counter(str(one["Verdict"]) for one in last.values() if one["Verdict"])
        if said:
            yield (
                "People said: " + ", ".join(f"{number:,} {word.lower()}" for word, number in sorted(said.items())) + "."
            )

    def _of(self, seen: str) -> list[dict[str, str]]:
        return [
            {"what": one.what, "where": one.where, "words": one.words}
            for one in self.judgement.findings.all
            if one.seen.value == seen
        ]


def _counted(number: int, what: str) -> str:
    one, several = _WORDS[what]
    return f"{number:,} {one if number == 1 else several}"


def verify(wish: Wish, say: Callable[[str], object]) -> Verdict:
    """Check a report.

    Raises `WrongUse`: there is no such file. `BackdropClientError`: it is no report or the files can't be read, so that
    nothing could be checked.
    """
    try:
        from backdrop.core.errors import BackdropError
        from backdrop.reports.proof.judging import NotAReport
        from backdrop.reports.proof.signature import NoPublicKey
    except ImportError as error:
        raise BackdropClientError(
            "VERIFY_MISSING",
            f"This needs Backdrop's functions, which are not installed here ({error.name} is missing).",
            "Use the command of the repository (`make setup`, then `.venv/bin/backdrop`).",
        ) from error
    try:
        return _verify(wish, say)
    except NotAReport as error:
        raise BackdropClientError("NOT_A_REPORT", f"{wish.report} can't be checked: {error}.", _WHICH) from error
    except NoPublicKey as error:
        raise WrongUse(
            "KEY_INVALID", f"{wish.key}: {error}.", "Give the stack's public key (PEM) with --key."
        ) from error
    except BackdropError as error:
        raise BackdropClientError(error.code.value, error.cause, error.next_step) from error


_WHICH = "Give the file status_report_<job id>.json of a job."


def _verify(wish: Wish, say: Callable[[str], object]) -> Verdict:
    from backdrop.core import keys
    from backdrop.jobs.proof.series import series_of
    from backdrop.reports.proof.judging import find_checker, judge_report, read_report
    from backdrop.reports.proof.places import BucketEvidence
    from backdrop.reports.proof.sequences import check_chain

    address = _ADDRESS.fullmatch(wish.report)
    source = wish.source or (S3 if address else str(Path(wish.report).parent))
    public_key = _read(wish.key) if wish.key else None
    noted = read_noted(wish.head)
    reaching = reach(
        say,
        bucket=bool(address) or source.lower() == S3,
        stack=wish.stack,
        local=wish.local,
        region=wish.region,
        profile=wish.profile,
    )
    with reaching as reached:
        objects, heads = reached.objects, reached.heads
        data = _fetch(objects, address) if address else _read(Path(wish.report))
        report = read_report(data)
        job = report.get("Job")
        job = job if isinstance(job, dict) else {}
        prefix, bucket = str(job.get("StatusS3Prefix", "")), address[1] if address else str(job.get("S3Bucket", ""))
        key = _place(wish.report, address, prefix, keys.report_keys(prefix, str(job.get("Id", ""))).json)
        evidence: Evidence
        if source.lower() == S3:
            assert objects is not None
            evidence = BucketEvidence(objects, bucket)
        else:
            if not Path(source).is_dir():
                raise WrongUse("FOLDER_MISSING", f"There is no folder {source}.", "Give --from a folder, or s3.")
            evidence = _in_folder(Path(source), wish, report)
        if not address:
            evidence = _with_signature(evidence, key, Path(f"{wish.report}.sig"))

        def ask_stack(folder: str) -> Head | None:
            assert heads is not None
            return heads.read(series_of(bucket, folder))

        read_head = ask_stack if heads else None
        judgement = judge_report(data, key, evidence, _schema_faults, public_key, read_head)
        newest = None
        if wish.chain or noted:
            from backdrop.reports.proof.findings import Findings

            # What the key is was noted with the report.
            checker = find_checker(Findings(), evidence, report, public_key)
            newest = check_chain(judgement.findings, evidence, checker, prefix, read_head, noted)
    return Verdict(wish, judgement, newest)


def _place(report: str, address: re.Match[str] | None, prefix: str, own: str) -> str:
    """The key under which a report lies: of a file that is called like a job's report, as if it lay in the bucket; of
    others their own."""
    if address:
        return address[2]
    name = Path(report).name
    return f"{prefix}/{name}" if _NAMED.fullmatch(name) else own


def _in_folder(folder: Path, wish: Wish, report: Mapping[str, Any]) -> Evidence:
    """A folder, with what `backdrop fetch` laid beside the report, and the names that it gave the images."""
    from backdrop.reports.proof.places import FolderEvidence

    file = Path(wish.report)
    names = read_names(folder, file)
    images = report["Images"] if isinstance(report.get("Images"), list) else []
    known = {
        str(one["Output"]["Key"]): names[one["ImageId"]]
        for one in images
        if isinstance(one, dict) and isinstance(one.get("Output"), dict) and one.get("ImageId") in names
    }
    own = proof_folder(file)
    return FolderEvidence(folder, own if own.is_dir() else None, known)


def _with_signature(evidence: Evidence, key: str, file: Path) -> Evidence:
    """The signature beside a report's file counts, whatever the file is called."""
    from backdrop.core import keys
    from backdrop.reports.proof.places import WithFile

    if not file.is_file():
        return evidence
    return WithFile(evidence, keys.signature_key(key), file.read_bytes())


def _fetch(objects: Objects | None, address: re.Match[str]) -> bytes:
    from backdrop.core.errors import ErrorCode

    assert objects is not None
    return objects.get(address[1], address[2], missing=ErrorCode.NOT_FOUND)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WrongUse("FILE_UNREADABLE", f"{file} can't be read: {error.strerror or error}.", _WHICH) from error


def _schema_faults(document: Any) -> list[str]:
    import jsonschema  # type: ignore[import-untyped]

    from localcloud.settings import REPOSITORY

    schema = json.loads((REPOSITORY / "docs/status-report.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    return [
        f"{'.'.join(map(str, one.path)) or 'report'}: {one.message[:200]}" for one in validator.iter_errors(document)
    ]
