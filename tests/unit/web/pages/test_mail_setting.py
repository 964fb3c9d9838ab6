"""Being mailed about one's own jobs: the setting in the sidebar, and what the page of a running job promises."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.core.vocabulary import MailState
from tests.unit.web.conftest import words
from tests.unit.web.fakes import FakeService
from tests.unit.web.jobs import make_job

PROMISE = "An e-mail tells when it is done."


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (MailState.ON, PROMISE),
        (MailState.ALL, PROMISE),
        (MailState.ASKED, "follow the link in the mail that AWS has sent you"),
        (MailState.OFF, "turn that on at E-mails in the sidebar"),
    ],
)
def test_a_running_job_promises_a_mail_only_where_one_comes(
    signed_in: AppTest, fake: FakeService, state: MailState, said: str
) -> None:
    fake.api.mail_state = state
    signed_in.query_params["job"] = make_job(fake.api, ["mug.jpg"]).job_id

    told = words(signed_in.run())

    assert said in told
    assert (PROMISE in told) == (said == PROMISE)


def test_the_sidebar_says_how_it_is_and_offers_the_other(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.mail_state = MailState.OFF
    signed_in.button(key="mail-setting").click().run()

    assert "OFF" in signed_in.info[-1].value
    assert signed_in.button(key="mail-on").label == "Turn on"
    assert fake.api.count("turn_mail_on") == 0
