"""Whether a person is mailed about their jobs, as the REST API answers it."""

from __future__ import annotations

from backdrop.api.schemas.wire import answer
from backdrop.core.vocabulary import MailState


@answer
class MailSetting:
    """Whether you are mailed when a job of yours ends. OFF: no. ASKED: AWS has mailed `address`, and waits until its
    link is followed. ON: yes. ALL: `address` is the stack's own, which gets the mails of all jobs. `message`: the same
    in words."""

    state: MailState
    address: str
    message: str
