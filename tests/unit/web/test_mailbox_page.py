"""The local cloud's mails as the page shows them."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.unit.web.jobs import links


def test_mailbox_shows_mail_as_text(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "3 of 3 done *really*"
    mail["From"], mail["To"] = "backdrop@example.com", "ana@example.com"
    mail["Date"] = "Mon, 02 Nov 2026 09:32:00 +0000"
    mail.set_content("<script>alert(1)</script>\nhttps://app.example/?job=1.\n")
    (tmp_path / "1.eml").write_bytes(mail.as_bytes())

    def mailbox(folder: str) -> None:
        from pathlib import Path as FolderPath

        from backdrop_web.pages.mailbox import page as view

        view.render(FolderPath(folder))

    shown = AppTest.from_function(mailbox, args=(str(tmp_path),)).run()

    assert any("<script>" in text.value for text in shown.text)
    assert "\\*really\\*" in shown.expander[0].label
    assert next(iter(links(shown).values())) == "https://app.example/?job=1"
