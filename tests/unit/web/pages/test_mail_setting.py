"""Being mailed about one's own jobs: the setting in the sidebar, and what the page of a running job promises."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.core.vocabulary import MailState
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import FakeService
from tests.unit.web.jobs import make_job

PROMISE = "An e-mail tells when it is done."


def page(fake: FakeService) -> AppTest:
    app = AppTest.from_file(str(ENTRY), default_timeout=20)
    sign_in(app)
    app.query_params["id"] = make_job(fake.api, ["mug.jpg"]).job_id
    return app


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (MailState.ON, PROMISE),
        (MailState.ALL, PROMISE),
        (MailState.ASKED, "follow the link in the mail that AWS has sent you"),
        (MailState.OFF, "turn that on at E-mails in the sidebar"),
    ],
)
def test_a_running_job_promises_a_mail_only_where_one_comes(fake: FakeService, state: MailState, said: str) -> None:
    fake.api.mail_state = state
    app = page(fake)
    app.switch_page("job").run()

    told = words(app)

    assert said in told
    assert (PROMISE in told) == (said == PROMISE)
