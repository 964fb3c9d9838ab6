"""Backdrop's web app as a server: `streamlit run webapp/server.py`. Streamlit's pages (`app.py`) and what it can't do:
routes that answer with a file of any size or set a cookie, headers on every answer, words for what nobody foresaw.
"""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from backdrop_web.download.route import Downloads
from backdrop_web.pages.new_job.scenes import list_picture_rules
from backdrop_web.service.settings import SettingsMissing, WebSettings
from backdrop_web.sign_in import cookie
from backdrop_web.streamlit_shell import elements
from backdrop_web.streamlit_shell.away import read_script
from backdrop_web.streamlit_shell.headers import SecurityHeaders
from backdrop_web.streamlit_shell.styles import Styles, read_sheets


def _list_storage_origins() -> list[str]:
    try:
        return WebSettings.from_env().list_storage_origins()
    except SettingsMissing:
        return []  # The page says which are missing.


AWAY = read_script()

app = App(
    Path(__file__).with_name("app.py"),
    routes=[*Downloads().list_routes(), *cookie.ROUTES],
    middleware=[
        Middleware(SecurityHeaders, storage=_list_storage_origins(), scripts=[AWAY]),
        Middleware(Styles, sheets=[*read_sheets(), list_picture_rules()], scripts=[AWAY]),
    ],
    on_script_error=elements.report_defect,
)
