"""The mail in the language of whoever asked for the job."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.keys import ReportKeys
from backdrop.reports.mail import Mail, compose, without_report
from backdrop.reports.report import compile_report
from tests.unit.reports.conftest import done, failed, item, left, report_of, run

KEYS = ReportKeys("status/d/r.json", "status/d/r.csv", "status/d/r.html")
ENGLISH = re.compile(r"\b(?:the|of|were|have|has|failed|images|next|report|for|calls?|cost)\b", re.I)


def mail_of(good: int, bad: int, **job: Any) -> Mail:
    return compose(report_of(good, bad, Language="de", **job), KEYS, "https://shop.example", name="Bügel")


def prose(message: str) -> str:
    """The mail without its links and what was typed."""
    return re.sub(r"https?://\S+|s3://\S+|photo \d+\.jpg|on a beach|The filter declined\.", "", message)


@pytest.mark.parametrize(
    ("good", "bad", "subject", "first"),
    [
        (5, 0, "alle 5 Bilder fertig", "Alle 5 Bilder haben ihren neuen Hintergrund."),
        (1, 0, "1 von 1 Bild fertig", "Das Bild hat seinen neuen Hintergrund."),
        (
            4,
            1,
            "4 von 5 Bildern fertig, 1 fehlgeschlagen",
            "4 von 5 Bildern haben ihren neuen Hintergrund; 1 sind fehlgeschlagen.",
        ),
        (0, 5, "FEHLGESCHLAGEN, 0 von 5 Bildern fertig", "Keines der 5 Bilder bekam einen neuen Hintergrund."),
    ],
)
def test_a_german_mail_is_german_from_the_subject_to_the_last_line(
    good: int, bad: int, subject: str, first: str
) -> None:
    mail = mail_of(good, bad)
    assert mail.subject.startswith(f"Backdrop: {subject}: Buegel (Auftrag 01jd")
    assert mail.message.split("\n\n")[:2] == ["Auftrag: Bügel", first]
    assert not ENGLISH.findall(prose(mail.message)), mail.message


def test_a_recorded_cause_and_its_next_step_are_told_in_german() -> None:
    cause = "ModelRefused", "MODEL_REFUSED_OUTPUT_IMAGE: The model's content filter declined: output."
    report = compile_report(run(Language="de"), [item(0)], [failed(0, *cause)])
    message = compose(report, KEYS, None).message
    assert "    Grund: Der Inhaltsfilter des Modells hat abgelehnt: output.\n" in message
    assert "    Nächster Schritt: Wiederholen Sie es: Es nimmt von selbst einen anderen Startwert." in message


def test_a_cancelled_job_says_what_was_left() -> None:
    report = compile_report(run(Language="de"), [item(0), item(1), item(2)], [done(0), left(1), left(2)])
    mail = compose(report, KEYS, None)
    assert mail.subject.startswith("Backdrop: abgebrochen, 1 von 3 Bildern fertig (Auftrag ")
    assert mail.message.startswith(
        "Der Auftrag wurde abgebrochen: 2 von 3 Bildern wurden nicht begonnen. 1 hat seinen neuen Hintergrund."
    )
    assert not ENGLISH.findall(prose(mail.message)), mail.message


def test_numbers_and_prices_are_written_as_in_german() -> None:
    report = compile_report(run(Language="de"), [item(0)], [done(0, attempts=(1, 2))])
    assert "Kosten: höchstens USD 0,21 für 3 Modellaufrufe" in compose(report, KEYS, None).message


def test_without_a_report_the_cause_is_told_in_german_as_well() -> None:
    closed = (
        "RUN_STOPPED: Somebody stopped the job's run in Step Functions. "
        "What it paid for images without an outcome is not counted."
    )
    mail = without_report("job-1", closed, "STORAGE_ERROR: gone", "https://shop.example", "de")
    assert mail.subject == "Backdrop fehlgeschlagen: job-1"
    assert "Ursache: RUN_STOPPED: Jemand hat den Lauf des Auftrags in Step Functions angehalten." in mail.message
    assert not ENGLISH.findall(prose(mail.message.replace("STORAGE_ERROR: gone", ""))), mail.message


def test_what_people_typed_stays_as_they_typed_it() -> None:
    message = mail_of(1, 0, Prompt="transparent", Team="none").message
    assert "Beschreibung: transparent\n" in message
    assert "Team: none\n" in message


@pytest.mark.parametrize("language", [None, "en", "xx", "../de"])
def test_a_language_that_there_is_not_is_english(language: str | None) -> None:
    assert compose(report_of(2, 0, Language=language), KEYS, None) == compose(report_of(2, 0), KEYS, None)


def test_a_redo_says_of_which_job() -> None:
    told = compose(report_of(2, 0, RedoOf="01jdfirst"), KEYS, None).message
    assert "It makes new tries for the job 01jdfirst, and they are in that job's set." in told
    told = compose(report_of(2, 0, RedoOf="01jdfirst", Language="de"), KEYS, None).message
    assert "Der Auftrag macht neue Versuche für den Auftrag 01jdfirst" in told


@given(name=st.text(max_size=200), good=st.integers(0, 3), bad=st.integers(0, 3))
def test_a_german_subject_is_short_printable_ascii(name: str, good: int, bad: int) -> None:
    subject = compose(report_of(good, bad, Language="de"), KEYS, None, name=name).subject
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
