"""Backdrop's web app as a server: `streamlit run webapp/server.py`. Streamlit's pages (`app.py`) and what it can't do:
routes that answer with a file of any size or set a cookie, headers on every answer, words for what nobody foresaw.
"""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from backdrop_web import cookie, ui
from backdrop_web.components.zip.route import Downloads
from backdrop_web.headers import SecurityHeaders
from backdrop_web.styles import Styles

app = App(
    Path(__file__).with_name("app.py"),
    routes=[*Downloads().routes(), *cookie.ROUTES],
    middleware=[Middleware(SecurityHeaders), Middleware(Styles)],
    on_script_error=ui.unforeseen,
)
