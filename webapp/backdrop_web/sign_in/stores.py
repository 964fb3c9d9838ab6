"""Where this server keeps sign-ins: in its own memory, or in the table that `BACKDROP_SIGN_INS_TABLE` names."""

from __future__ import annotations

from backdrop_client.auth import Tokens
from backdrop_web.service.api import User
from backdrop_web.service.connection import connect
from backdrop_web.service.settings import SettingsMissing, WebSettings
from backdrop_web.sign_in.session_store import SessionStore, SignIns
from backdrop_web.sign_in.shared_store import SharedSignIns


def choose_store(settings: WebSettings) -> SignIns:
    """Return the store that the settings ask for."""
    if settings.sign_ins_table is None:
        return SessionStore()
    # On a laptop nothing of AWS is loaded.
    from backdrop_web.sign_in.sign_ins_table import SignInsTable

    def revive(email: str, tokens: Tokens, age: float) -> User:
        return connect(settings).take_up(email, tokens, age)

    return SharedSignIns(SignInsTable(settings.sign_ins_table, settings.region), revive)


def _read_store() -> SignIns:
    try:
        return choose_store(WebSettings.from_env())
    except SettingsMissing:
        return SessionStore()  # The page says which are missing.


SESSIONS: SignIns = _read_store()
"""Those of this process: chosen once, when it starts."""
