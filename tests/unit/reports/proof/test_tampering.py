"""Each single change to what a job left is found: a byte of each kind of file, a field of the report, a row, an order,
a file of the chain, a key. The changes are made one at a time to copies of what whole jobs left."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backdrop.aws.secrets import KmsSigner
from backdrop.core import keys
from backdrop.core.vocabulary import Verdict
from backdrop.jobs.proof import series
from backdrop.jobs.proof.series import Head
from backdrop.models import price_history
from backdrop.reports.proof.findings import Findings, Seen, sha256_of
from backdrop.reports.proof.pages import sign_page, split_page
from backdrop.reports.proof.sequences import check_chain
from backdrop.reports.proof.signature import Checker
from tests.heads import HeadsTwin
from tests.signer import ARN, KmsTwin
from tests.unit.reports.proof.workshop import Bucket, Files, Workshop, drawn_mask, judged, reader, small_photo

Change = Callable[["Scene"], None]


class Scene:
    """A copy of the bucket to change, and the report of the job that is looked at."""

    def __init__(self, workshop: Workshop, key: str) -> None:
        self.files, self.kms, self.key = Files(workshop.files.items()), workshop.kms, key
        self.heads = HeadsTwin()
        self.heads.rows |= workshop.heads.rows
        self.report: dict[str, Any] = json.loads(self.files[key])

    @property
    def status(self) -> str:
        """The job's prefix of reports."""
        return str(self.report["Job"]["StatusS3Prefix"])

    def flip(self, key: str) -> None:
        """Change one bit in the middle of a file."""
        data = bytearray(self.files[key])
        data[len(data) // 2] ^= 1
        self.files[key] = bytes(data)

    def sign(self, key: str) -> None:
        """Sign a file as the stack does."""
        digest = bytes.fromhex(sha256_of(self.files[key]))
        signed = self.kms.sign(KeyId=ARN, Message=digest, MessageType="DIGEST", SigningAlgorithm=series.ALGORITHM)
        self.files[keys.signature_key(key)] = signed["Signature"]

    def write(self) -> None:
        """Put the changed report in the bucket as if the stack had made it so: signed, and in its link."""
        self.files[self.key] = json.dumps(self.report).encode()
        link_key = self.report["Chain"]["Link"]
        link = json.loads(self.files[link_key])
        link["Report"]["Sha256"] = sha256_of(self.files[self.key])
        self.files[link_key] = series.as_file(link)
        self.sign(self.key)
        self.sign(link_key)

    def broken(self, public_key: bytes | None = None, noted: Head | None = None, *, asked: bool = True) -> set[str]:
        """The kinds of things that do not hold, in the report and in the chain. `asked`: whether the stack is, too."""
        read_head = reader(self.heads) if asked else None
        found = judged(self.files, self.key, public_key, read_head).findings
        pem = public_key or self.files.read(self.report["Chain"]["Key"]["PublicKey"])
        chain = Findings()
        if pem:
            check_chain(chain, self.files, Checker(pem), self.status, read_head, noted)
        return {one.what for one in (*found.all, *chain.all) if one.seen is Seen.BROKEN}


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Workshop, str]]:
    """A stack with three reports; the second, which is looked at, is of every kind of image, judged by people."""
    with pytest.MonkeyPatch.context() as patch:
        workshop = Workshop(patch)
        photo, other = small_photo(), small_photo("mug_wooden_desk")
        workshop.make(0, [{"ImageId": "00000000", "Photo": photo}])
        workshop.files["in/backdrop.jpg"] = small_photo("wooden_chair_room")
        lines: list[dict[str, Any]] = [
            {"ImageId": "00000000", "Photo": photo, "Seeds": [5, 6]},
            {"ImageId": "00000001", "Photo": other, "Mask": drawn_mask((400, 320)), "MaskFrom": "Edited"},
            {"ImageId": "00000002", "Photo": other},
        ]
        key = workshop.make(1, lines, {"00000002": "failed"})
        for image_id, verdict in (("00000000", Verdict.REJECTED), ("00000000", Verdict.APPROVED), ("00000001", None)):
            workshop.say(key, image_id, verdict)
        workshop.make(2, [{"ImageId": "00000000", "Photo": photo}])
        yield workshop, key


@pytest.fixture
def scene(made: tuple[Workshop, str]) -> Scene:
    workshop, key = made
    return Scene(workshop, key)


def test_nothing_is_found_where_nothing_was_changed(scene: Scene) -> None:
    assert scene.broken() == set()
    assert scene.broken(scene.files[scene.report["Chain"]["Key"]["PublicKey"]]) == set()
    judgement = judged(scene.files, scene.key)
    assert [one["Verdict"] for one in judgement.approvals] == ["REJECTED", "APPROVED", None]
    scene.write()
    later = scene.broken()
    # Only the next link knows that it was written anew, and says so.
    assert later == {"CHAIN"}


# ---------------------------------------------------------------- A byte of each kind of file


def _key_of(scene: Scene, kind: str) -> str:
    images, chain = scene.report["Images"], scene.report["Chain"]
    approval = keys.link_key(keys.approvals_folder(scene.status), 2)
    places = {
        "photo": images[0]["Source"]["Key"],
        "cut-out's mask": images[0]["Mask"]["Key"],
        "edited mask": images[2]["Mask"]["Key"],
        "mask of a failed image": images[3]["Mask"]["Key"],
        "result": images[0]["Output"]["Key"],
        "variation": images[1]["Output"]["Key"],
        "request": images[0]["Passes"][0]["RequestKey"],
        "answer": images[0]["Passes"][1]["ResponseKey"],
        "manifest": scene.report["Files"]["Manifest"]["Key"],
        "table": scene.report["Files"]["Csv"]["Key"],
        "page": scene.report["Files"]["Page"]["Key"],
        "report": scene.key,
        "report's signature": keys.signature_key(scene.key),
        "link": chain["Link"],
        "link's signature": keys.signature_key(chain["Link"]),
        "link before": keys.link_key(keys.chain_folder(scene.status), 1),
        "last link": keys.link_key(keys.chain_folder(scene.status), 3),
        "approval": approval,
        "approval's signature": keys.signature_key(approval),
        "last approval": keys.link_key(keys.approvals_folder(scene.status), 3),
        "public key": chain["Key"]["PublicKey"],
    }
    return str(places[kind])


KINDS = (
    *("photo", "cut-out's mask", "edited mask", "mask of a failed image", "result", "variation", "request", "answer"),
    *(
        "manifest",
        "table",
        "page",
        "report",
        "report's signature",
        "link",
        "link's signature",
        "link before",
        "last link",
    ),
    *("approval", "approval's signature", "last approval", "public key"),
)
MAY_GO = ("request", "answer", "link's signature", "approval's signature")
"""What is kept for a time only, and signatures that the next file's covers."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_byte(scene: Scene, kind: str) -> None:
    scene.flip(_key_of(scene, kind))

    assert _broken_or_unreadable(scene)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (*MAY_GO, "report")])
def test_a_file_that_is_gone(scene: Scene, kind: str) -> None:
    del scene.files[_key_of(scene, kind)]

    assert scene.broken()


def _broken_or_unreadable(scene: Scene) -> bool:
    try:
        return bool(scene.broken())
    except ValueError:
        return True


# ---------------------------------------------------------------- The end, after which nothing comes


NOTE = {"Schema": "backdrop-erasure-note", "Erasure": {"Jobs": []}}


def _take_away(scene: Scene, folder: str, *numbers: int) -> None:
    """Links with their reports, or approvals, and their signatures."""
    for number in numbers:
        key = keys.link_key(folder, number)
        report = json.loads(scene.files[key]).get("Report")
        for one in (key, *([report["Key"]] if report else ())):
            del scene.files[one]
            del scene.files[keys.signature_key(one)]


@pytest.mark.parametrize("numbers", [(3,), (3, 2), (3, 2, 1)])
def test_the_last_approvals_that_were_taken_away(scene: Scene, numbers: tuple[int, ...]) -> None:
    _take_away(scene, keys.approvals_folder(scene.status), *numbers)

    assert scene.broken() == {"APPROVAL"}
    assert scene.broken(asked=False) == set()
    unseen = judged(scene.files, scene.key).findings.of(Seen.UNSEEN)
    assert any("Whether later ones were taken away can't be seen from files alone" in one.words for one in unseen)


def test_the_newest_report_that_was_taken_away_with_its_link(scene: Scene) -> None:
    folder = keys.chain_folder(scene.status)
    noted = Head(3, sha256_of(scene.files[keys.link_key(folder, 3)]))
    assert scene.broken(noted=noted, asked=False) == set()

    _take_away(scene, folder, 3)

    assert scene.broken() == {"CHAIN"}
    assert scene.broken(noted=noted, asked=False) == {"CHAIN"}, "who noted it needs no stack"
    assert scene.broken(asked=False) == set()


def test_a_link_that_is_not_the_noted_one(scene: Scene) -> None:
    assert scene.broken(noted=Head(2, HEX), asked=False) == {"CHAIN"}
    scene.heads.rows[series.series_of("b", keys.chain_folder(scene.status))] = Head(3, HEX)
    assert scene.broken() == {"CHAIN"}


@pytest.mark.parametrize("folder", [keys.chain_folder, keys.approvals_folder])
def test_the_note_of_the_newest_that_was_taken_away(scene: Scene, folder: Callable[[str], str]) -> None:
    del scene.heads.rows[series.series_of("b", folder(scene.status))]

    assert len(scene.broken()) == 1


def test_what_comes_next_shows_the_gap_in_the_files_alone(scene: Scene) -> None:
    """Though the bucket holds nothing of it, the next link goes on after the one that was noted, and names its hash."""
    folder = keys.chain_folder(scene.status)
    gone = sha256_of(scene.files[keys.link_key(folder, 3)])
    _take_away(scene, folder, 3)

    added = series.add(
        _ledger(scene), "b", folder, lambda _: {"Schema": "backdrop-erasure-note", "Erasure": {"Jobs": []}}
    )

    assert added.number == 4
    assert json.loads(scene.files[keys.link_key(folder, 4)])["Previous"] == {"Number": 3, "Sha256": gone}
    assert scene.broken(asked=False) == {"CHAIN"}


def test_a_function_that_broke_off_before_it_noted_its_number_leaves_no_false_alarm(scene: Scene) -> None:
    folder = keys.chain_folder(scene.status)
    kept = scene.heads.rows.copy()
    series.add(_ledger(scene), "b", folder, lambda _: NOTE)
    scene.heads.rows = kept

    assert scene.broken() == set()
    assert series.add(_ledger(scene), "b", folder, lambda _: {"Schema": "x"}).number == 5


def _ledger(scene: Scene) -> series.Ledger:
    return series.Ledger(Bucket(scene.files), KmsSigner(scene.kms, ARN), scene.heads)


# ---------------------------------------------------------------- Files in each other's place


def _swap(scene: Scene, one: str, other: str) -> None:
    scene.files[one], scene.files[other] = scene.files[other], scene.files[one]


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("result", "variation", "RESULT"),
        ("cut-out's mask", "edited mask", "MASK"),
        ("approval", "last approval", "APPROVAL"),
        ("link", "link before", "CHAIN"),
    ],
)
def test_files_that_were_swapped(scene: Scene, one: str, other: str, what: str) -> None:
    _swap(scene, _key_of(scene, one), _key_of(scene, other))

    assert what in scene.broken()


def test_a_whole_report_in_anothers_place(scene: Scene) -> None:
    first = json.loads(scene.files[keys.link_key(keys.chain_folder(scene.status), 1)])["Report"]["Key"]
    for key in (scene.key, keys.signature_key(scene.key)):
        scene.files[key] = scene.files[key.replace(scene.key, first)]

    assert "CHAIN" in scene.broken()
    # Who looks at this report alone is told, too: the other one holds, but not here.
    (found,) = judged(scene.files, scene.key).findings.of(Seen.BROKEN)
    assert (found.what, found.where, first in found.words) == ("PLACE", scene.key, True)


@pytest.mark.parametrize("change", ["another job's", "unsigned", "signed by anybody"])
def test_a_page_that_the_stack_did_not_make_of_this_job(scene: Scene, change: str) -> None:
    link = json.loads(scene.files[keys.link_key(keys.chain_folder(scene.status), 1)])
    page = scene.report["Files"]["Page"]["Key"]
    html, signature = split_page(scene.files[page])
    assert signature
    pages = {
        "another job's": scene.files[link["Report"]["Key"].replace(".json", ".html")],
        "unsigned": html,
        "signed by anybody": sign_page(html, KmsSigner(KmsTwin(), ARN)),
    }
    scene.files[page] = pages[change]

    assert [(one.what, one.where) for one in judged(scene.files, scene.key).findings.of(Seen.BROKEN)] == [
        ("PAGE", page)
    ]


def test_an_approval_of_another_job(scene: Scene) -> None:
    other = json.loads(scene.files[keys.link_key(keys.chain_folder(scene.status), 1)])["Report"]["Key"]
    theirs, own = (keys.link_key(keys.approvals_folder(one.rpartition("/")[0]), 1) for one in (other, scene.key))
    for ending in ("", ".sig"):
        scene.files[theirs + ending] = scene.files[own + ending]

    (found,) = judged(scene.files, other).findings.of(Seen.BROKEN)
    assert (found.what, found.where) == ("APPROVAL", theirs)


# ---------------------------------------------------------------- A field of the report


def _drop_row(report: dict[str, Any]) -> None:
    del report["Images"][1]


def _drop_row_and_count(report: dict[str, Any]) -> None:
    gone = report["Images"].pop(1)
    calls = gone["Attempts"] - gone["Throttled"]
    report["Totals"] |= {
        "Images": report["Totals"]["Images"] - 1,
        "Succeeded": report["Totals"]["Succeeded"] - 1,
        "ModelCalls": report["Totals"]["ModelCalls"] - calls,
    }


def _turn_rows(report: dict[str, Any]) -> None:
    report["Images"].reverse()


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(report: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place: Any = report
        for name in way:
            place = place[int(name)] if isinstance(place, list) else place[name]
        old = place[last]
        place[last] = value(old) if callable(value) else value
        assert place[last] != old, "nothing was changed"

    return change


def _more(value: Any) -> Any:
    return value + 1


HEX = "ab" * 32
FIELDS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "row left out": (_drop_row, "ROWS"),
    "row left out, totals adapted": (_drop_row_and_count, "ROWS"),
    "order": (_turn_rows, "ROWS"),
    "row twice": (lambda report: report["Images"].append(report["Images"][0]), "ROWS"),
    "name": (_set("Images.0.ImageName", "other.jpg"), "ROWS"),
    "seed": (_set("Images.0.Seed", 99), "REQUEST"),
    "prompt of an image": (_set("Images.0.Prompt", "on gold"), "REQUEST"),
    "negative prompt": (_set("Job.NegativePrompt", "people"), "REQUEST"),
    "mode": (_set("Job.Mode", "DEFAULT"), "REQUEST"),
    "model": (_set("Job.ModelId", "us.stability.stable-image-search-replace-v1:0"), "REQUEST"),
    "option": (_set("Job.Options", {"Output": {"Aspect": "2:1"}}), "REQUEST"),
    "option that asks nothing": (_set("Job.Options", {"Output": {"Format": "PNG"}}), "SETTINGS"),
    "negative prompt of an image": (_set("Images.0.NegativePrompt", "people"), "SETTINGS"),
    "model of an image": (_set("Images.0.ModelId", "amazon.nova-canvas-v1:0"), "SETTINGS"),
    "mode of an image": (_set("Images.0.Mode", "DEFAULT"), "SETTINGS"),
    "labels": (_set("Images.0.Boxes", [[0.4, 0.4, 0.2, 0.3]]), "MASK"),
    "labels where nothing is": (_set("Images.0.Boxes", [[0, 0, 0.1, 0.1]]), "REQUEST"),
    "model of a pass": (_set("Images.0.Passes.1.ModelId", "amazon.nova-canvas-v1:0"), "REQUEST"),
    "hash of a request": (_set("Images.0.Passes.1.RequestSha256", HEX), "REQUEST"),
    "hash of an answer": (_set("Images.0.Passes.1.ResponseSha256", HEX), "ANSWER"),
    "hash of a photo": (_set("Images.0.Source.Sha256", HEX), "PHOTO"),
    "hash of a result": (_set("Images.0.Output.Sha256", HEX), "RESULT"),
    "hash of a mask": (_set("Images.2.Mask.Sha256", HEX), "MASK"),
    "another's result": (_set("Images.0.Output.Key", "out/other.jpg"), "RESULT"),
    "hash of the manifest": (_set("Files.Manifest.Sha256", HEX), "MANIFEST"),
    "hash of the table": (_set("Files.Csv.Sha256", HEX), "CSV"),
    "calls of an image": (_set("Images.0.Attempts", _more), "TOTALS"),
    "calls of a pass": (_set("Images.0.Passes.1.Attempts", _more), "COST"),
    "total of images": (_set("Totals.Images", _more), "TOTALS"),
    "total that succeeded": (_set("Totals.Succeeded", _more), "TOTALS"),
    "total of calls": (_set("Totals.ModelCalls", _more), "TOTALS"),
    "status of the job": (_set("Job.Status", "Succeeded"), "TOTALS"),
    "cost": (_set("Cost.Usd", _more), "COST"),
    "cost of what was answered": (_set("Cost.AnsweredUsd", _more), "COST"),
    "calls of a model": (_set("Cost.Models.0.Calls", _more), "COST"),
    "price of a call": (_set("Cost.Models.0.UsdPerCall", _more), "PRICE"),
    "cost of a Region": (_set("Cost.Regions.0.Usd", _more), "COST"),
    "calls of a Region": (_set("Cost.Regions.0.Calls", _more), "COST"),
    "number in the chain": (_set("Chain.Number", _more), "CHAIN"),
    "what came before": (_set("Chain.Previous.Sha256", HEX), "CHAIN"),
    "key": (_set("Chain.Key.Fingerprint", HEX), "KEY"),
    "schema": (_set("Totals.Succeeded", "three"), "SCHEMA"),
    "field that is not known": (lambda report: report.update(Extra=1), "SCHEMA"),
}


def test_a_field_is_found_by_the_signature(scene: Scene) -> None:
    checker = Checker(scene.files[scene.report["Chain"]["Key"]["PublicKey"]])
    signature = scene.files[keys.signature_key(scene.key)]
    assert checker.is_signed(scene.files[scene.key], signature)
    for name, (change, _) in FIELDS.items():
        report = copy.deepcopy(scene.report)
        change(report)
        assert not checker.is_signed(json.dumps(report).encode(), signature), name
    spaced = scene.files[scene.key].replace(b'"Job":', b'"Job": ', 1)
    assert json.loads(spaced) == scene.report
    assert not checker.is_signed(spaced, signature), "nor is it the same with another space"


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_found_even_when_the_stack_itself_signs_it(scene: Scene, name: str) -> None:
    """Whoever could sign would have to change photos, requests and sums as well, and then the rest of the chain."""
    change, what = FIELDS[name]
    change(scene.report)
    scene.write()

    found = judged(scene.files, scene.key).findings
    assert what in {one.what for one in found.of(Seen.BROKEN)}
    assert all(one.where and one.words for one in found.of(Seen.BROKEN))


def test_a_report_is_checked_with_the_prices_of_its_own_date(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another day's prices: the same report holds by its own table, whatever the present one says; or is not judged."""
    own, later = scene.report["Cost"]["PriceDate"], "2031-01-01"
    table = price_history.tables()[own]
    dearer = {called: {name: 2 * usd for name, usd in row.items()} for called, row in table.items()}

    def seen(tables: object) -> tuple[bool, ...]:
        monkeypatch.setattr(price_history, "tables", lambda: tables)
        found = judged(scene.files, scene.key).findings
        return tuple("PRICE" in {one.what for one in found.of(which)} for which in (Seen.BROKEN, Seen.UNSEEN))

    assert seen({own: table, later: dearer}) == (False, False)
    assert seen({own: dearer, later: table}) == (True, False)
    assert seen({later: table}) == (False, True)


# ---------------------------------------------------------------- The chain and the key


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_link_that_was_taken_out(scene: Scene, number: int) -> None:
    key = keys.link_key(keys.chain_folder(scene.status), number)
    for one in (key, keys.signature_key(key)):
        del scene.files[one]

    assert "CHAIN" in scene.broken()


@pytest.mark.parametrize("number", [1, 2])
def test_a_report_that_was_taken_out_with_its_link(scene: Scene, number: int) -> None:
    link = keys.link_key(keys.chain_folder(scene.status), number)
    report = json.loads(scene.files[link])["Report"]["Key"]
    for one in (link, report):
        del scene.files[one]
        del scene.files[keys.signature_key(one)]

    chain = Findings()
    checker = Checker(scene.files[scene.report["Chain"]["Key"]["PublicKey"]])
    check_chain(chain, scene.files, checker, scene.status)
    assert [one for one in chain.of(Seen.BROKEN) if f"Number {number} of 3 was taken out" in one.words]


@pytest.mark.parametrize("change", ["byte", "gone"])
def test_the_link_before_is_missed_by_who_looks_at_one_report_alone(scene: Scene, change: str) -> None:
    key = _key_of(scene, "link before")
    if change == "byte":
        scene.flip(key)
    else:
        del scene.files[key]

    assert key in {one.where for one in judged(scene.files, scene.key).findings.of(Seen.BROKEN)}


def test_a_report_that_says_it_is_in_no_chain_is_found_in_it(scene: Scene) -> None:
    """Whoever takes the signature away takes the key away with it: the chain's hashes are compared without one."""
    scene.files[scene.key] = json.dumps({**scene.report, "Chain": None, "ChainError": "no key"}).encode()
    chain = Findings()

    check_chain(chain, scene.files, None, scene.status)

    assert f"{scene.key} is not the report that the chain has at 2" in chain.of(Seen.BROKEN)[0].words


STRANGE = {
    "link without a report": ("chain/00000002.json", {"Schema": "backdrop-chain-link"}),
    "link whose report is a text": ("chain/00000002.json", {"Schema": "backdrop-chain-link", "Report": "x"}),
    "erasure of nothing": ("chain/00000003.json", {"Schema": "backdrop-erasure-note"}),
    "list in the chain": ("chain/00000003.json", []),
    "word about no image": ("own/approvals/00000003.json", {"Schema": "backdrop-approval"}),
    "word about no file": ("own/approvals/00000003.json", {"Schema": "backdrop-approval", "Output": None}),
    "report that is a list": ("2026/11/21/x/status_report_x.json", []),
    "report in a chain of its own": ("2026/11/21/x/status_report_x.json", {"Chain": 7}),
    "report that is no JSON": ("2026/11/21/x/status_report_x.json", None),
}


@pytest.mark.parametrize("what", STRANGE)
def test_a_file_with_anything_in_it_is_said_to_be_wrong_and_ends_no_check(scene: Scene, what: str) -> None:
    place, content = STRANGE[what]
    own = place.startswith("own/")
    key = f"{scene.status}/{place.removeprefix('own/')}" if own else f"status/{place}"
    before = json.loads(scene.files.get(key, b"{}"))
    kept = {name: before[name] for name in ("Number", "Previous", "JobId") if name in before}
    body = {**kept, "ImageId": "00000000", "Verdict": None, **content} if isinstance(content, dict) else content
    scene.files[key] = b"{" if body is None else json.dumps(body).encode()

    found = judged(scene.files, scene.key).findings
    check_chain(found, scene.files, Checker(scene.files[scene.report["Chain"]["Key"]["PublicKey"]]), scene.status)

    assert key in {one.where for one in found.of(Seen.BROKEN)}


def test_links_that_were_numbered_anew(scene: Scene) -> None:
    """The second is taken out, and the third put in its place by somebody who has no key."""
    folder = keys.chain_folder(scene.status)
    second, third = (keys.link_key(folder, number) for number in (2, 3))
    link = json.loads(scene.files[third])
    link |= {"Number": 2, "Previous": {"Number": 1, "Sha256": sha256_of(scene.files[keys.link_key(folder, 1)])}}
    scene.files[second] = series.as_file(link)
    scene.files[keys.signature_key(second)] = scene.files.pop(keys.signature_key(third))
    del scene.files[third]

    assert "CHAIN" in scene.broken()


def test_everything_signed_anew_with_another_key_is_found_by_who_knows_the_stacks(scene: Scene) -> None:
    known = scene.files[scene.report["Chain"]["Key"]["PublicKey"]]
    forger = KmsTwin()
    _forge(scene, forger)

    assert scene.broken(), "the reports around it have the stack's key"
    assert {"KEY", "SIGNATURE"} <= scene.broken(known)


def _forge(scene: Scene, forger: KmsTwin) -> None:
    key = KmsSigner(forger, ARN).key()
    where = keys.public_key_key(scene.status, key.fingerprint)
    scene.files[where] = key.pem
    scene.report = copy.deepcopy(scene.report)
    scene.report["Chain"]["Key"] |= {"Fingerprint": key.fingerprint, "PublicKey": where}
    scene.kms = forger
    scene.write()


def test_what_somebody_said_is_not_put_in_anothers_mouth(scene: Scene) -> None:
    key = keys.link_key(keys.approvals_folder(scene.status), 2)
    said = json.loads(scene.files[key])
    said["By"]["Email"] = "boss@example.com"
    scene.files[key] = series.as_file(said)

    assert "APPROVAL" in scene.broken()


def test_an_approval_of_another_file(scene: Scene) -> None:
    key = keys.link_key(keys.approvals_folder(scene.status), 3)
    said = json.loads(scene.files[key])
    said["Output"]["Sha256"] = HEX
    scene.files[key] = series.as_file(said)
    scene.sign(key)

    # Who could sign it is told what is wrong with it, and not only that the stack noted another.
    (found,) = judged(scene.files, scene.key).findings.of(Seen.BROKEN)
    assert "It is about another file than the report's of image" in found.words
