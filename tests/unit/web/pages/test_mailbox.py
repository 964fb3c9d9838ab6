"""The local cloud's mails as the page shows them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from streamlit.testing.v1 import AppTest

from backdrop_web.pages.mailbox.mails import read_mailbox
from tests.unit.web.jobs import links


def test_mailbox_shows_mail_as_text(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "3 of 3 done *really*"
    mail["From"], mail["To"] = "backdrop@example.com", "ana@example.com"
    mail["Date"] = "Mon, 02 Nov 2026 09:32:00 +0000"
    mail.set_content("<script>alert(1)</script>\nhttps://app.example/?job=1.\n- photo\u202egpj.exe\n")
    (tmp_path / "1.eml").write_bytes(mail.as_bytes())

    def mailbox(folder: str) -> None:
        from pathlib import Path as FolderPath

        from backdrop_web.pages.mailbox import page as view

        view.show_page(FolderPath(folder))

    shown = AppTest.from_function(mailbox, args=(str(tmp_path),)).run()

    assert any("<script>" in text.value and "\n- photo\ufffdgpj.exe" in text.value for text in shown.text)
    assert "\\*really\\*" in shown.expander[0].label
    assert next(iter(links(shown).values())) == "https://app.example/?job=1"


def test_mailbox_newest_first_and_broken_mail_named(tmp_path: Path) -> None:
    assert read_mailbox(tmp_path / "none") == ([], 0)
    for hour in (9, 11, 10):
        (tmp_path / f"{hour}.eml").write_text(
            f"Subject: =?utf-8?q?fertig_=E2=9C=93_{hour}?=\nDate: Mon, 02 Nov 2026 {hour:02}:00:00 +0000\n"
            "Content-Type: text/plain; charset=utf-8\n\nhallo\n"
        )
    bad = tmp_path / "bad.eml"
    bad.write_bytes(b"Subject: x\nContent-Type: text/plain; charset=no-such\n\n\xff\n")
    moment = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()
    os.utime(bad, (moment, moment))

    mails, total = read_mailbox(tmp_path)

    assert total == 4
    assert [mail.name for mail in mails] == ["bad.eml", "11.eml", "10.eml", "9.eml"]
    assert mails[1].subject == "fertig ✓ 11"
    assert mails[0].problem
    assert "no-such" in mails[0].problem
