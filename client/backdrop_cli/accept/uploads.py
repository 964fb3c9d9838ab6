"""From a sign-in to photos in the bucket, as a browser brings them there; and what the functions make of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from backdrop.api.schemas.photos import Photo, Upload
from backdrop_cli.accept.check import Check
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.findings import Fault, NotTried
from backdrop_client.api import BackdropApi, NewPhoto
from backdrop_client.auth import CognitoAuth, Session, Tokens
from backdrop_client.cognito.codes import make_code
from backdrop_client.errors import SignInCodeSetup, SignInError

_CORS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html"
_POST = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html"
_USERS = "https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html"
_ARM = "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html"

_BESIDE = Path(__file__).parent
_ELSEWHERE = "https://somewhere.example"
_WHERE_CORS = "Deploy with WebAppUrl as the web app's address is in browsers."


@dataclass(frozen=True)
class Photos:
    """The trial's draft: a JPEG, a HEIC and one that is spoiled after it was looked at. `targets`: by name."""

    draft_id: str
    ids: Mapping[str, str]
    targets: Mapping[str, Upload]


def sign_in(trial: Trial) -> BackdropApi:
    """Make a user of the pool, who is told nothing, and sign in as the command and the web app do."""
    pool = trial.patient.output("UserPoolId")
    user = {"UserPoolId": pool, "Username": trial.address}
    password = f"Aa1!{secrets.token_urlsafe(24)}"
    trial.made.add("its user", lambda: trial.call("cognito-idp", "admin_delete_user", **user))
    verified = [{"Name": "email", "Value": trial.address}, {"Name": "email_verified", "Value": "true"}]
    trial.call("cognito-idp", "admin_create_user", **user, UserAttributes=verified, MessageAction="SUPPRESS")
    trial.call("cognito-idp", "admin_set_user_password", **user, Password=password, Permanent=True)
    auth = CognitoAuth(trial.patient.output("UserPoolClientId"), trial.access.region, trial.access.sign_in_url)
    session = Session(auth, _enter(auth, trial.address, password))
    return BackdropApi(trial.access.api_url or trial.patient.output("ApiUrl"), session)


def _enter(auth: CognitoAuth, user: str, password: str) -> Tokens:
    """Sign in; where everybody needs an authenticator app, as one that gets its key and shows a code."""
    try:
        return auth.sign_in(user, password)
    except SignInCodeSetup as asked:
        setup = auth.begin_code_setup(asked)
        return auth.finish_code_setup(asked, setup, make_code(setup.key, time.time()))


def api_of(trial: Trial) -> BackdropApi:
    """The API, as the trial's user signs in to it."""
    return trial.once("a user who can sign in", lambda: sign_in(trial))


def check_sign_in(trial: Trial) -> str:
    """Somebody new can sign in, and the API takes the token."""
    try:
        default = api_of(trial).models().default_model_id
    except SignInError as error:
        raise Fault(f"A new user can't sign in: {error}", error.next_step) from error
    return f"A new user signs in, and the API answers; its default model is {default}."


def photos_of(trial: Trial) -> Photos:
    """The trial's photos, uploaded."""
    return trial.once("photos in a draft", lambda: _upload(trial))


def _upload(trial: Trial) -> Photos:
    files = {
        "photo.jpg": (_BESIDE / "photo.jpg").read_bytes(),
        "photo.heic": (_BESIDE / "photo.heic").read_bytes(),
        "broken.jpg": other(_BESIDE / "photo.jpg"),
    }
    draft_id = api_of(trial).create_draft(listed=False).draft_id
    trial.made.add("its draft and its job, with all files", lambda: erase(trial))
    registered = api_of(trial).add_photos(draft_id, [NewPhoto(name, len(data)) for name, data in files.items()])
    photos = Photos(
        draft_id,
        {one.name: one.photo_id for one in registered if one.photo_id},
        {one.name: one.upload for one in registered if one.upload},
    )
    for name, data in files.items():
        send(trial, photos.targets[name], data)
    return photos


def other(path: Path) -> bytes:
    """Return the bytes of a photo that is another to whoever compares files, and looks the same."""
    return path.read_bytes() + b"\n"


def send(trial: Trial, target: Upload, data: bytes) -> httpx.Response:
    """Post a photo as a page of the web app does.

    Raises:
        Fault: S3 does not take it.
    """
    headers = {"Origin": trial.origin}
    file = {"file": ("photo", data, "application/octet-stream")}
    try:
        answer = trial.storage.post(target.url, data=target.fields, files=file, headers=headers)
    except httpx.HTTPError as error:
        raise NotTried(f"{httpx.URL(target.url).host} can't be reached from here: {error}.") from error
    if not answer.is_success:
        raise Fault(f"S3 answers {answer.status_code} to a presigned POST: {answer.text[:300]}", _WHERE_CORS)
    return answer


def erase(trial: Trial) -> None:
    """Have the stack erase all that its user has there. Raises `BackdropClientError`."""
    from backdrop_cli.admin.erase import erase_all

    call = trial.access.erase
    assert call is not None
    erase_all(lambda more: call({"Person": trial.address, **more}), "backdrop accept")


def check_upload(trial: Trial) -> str:
    """A browser may post photos from the web app's page."""
    target = photos_of(trial).targets["photo.jpg"]
    leave = _leave(trial, target, trial.origin)
    if leave not in (trial.origin, "*"):
        raise Fault(f"The bucket gives no leave to {trial.origin} to post.", _WHERE_CORS)
    answer = send(trial, target, (_BESIDE / "photo.jpg").read_bytes())
    if "access-control-allow-origin" not in answer.headers:
        raise Fault(f"A post from {trial.origin} is taken, but the page may not see that.", _WHERE_CORS)
    return f"A presigned POST from {trial.origin} is taken ({answer.status_code}), and the page may see it."


def check_foreign_page(trial: Trial) -> str:
    """A page of somebody else's gets no leave."""
    leave = _leave(trial, photos_of(trial).targets["photo.jpg"], _ELSEWHERE)
    if leave is not None:
        raise Fault(f"The bucket lets pages of {_ELSEWHERE} post.", "Compare the bucket's CORS with template.yaml.")
    return "A page of another origin gets no leave to post."


def _leave(trial: Trial, target: Upload, origin: str) -> str | None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    try:
        answer = trial.storage.options(target.url, headers=headers)
    except httpx.HTTPError as error:
        raise NotTried(f"{httpx.URL(target.url).host} can't be reached from here: {error}.") from error
    return answer.headers.get("access-control-allow-origin") if answer.is_success else None


def inspected(trial: Trial) -> Mapping[str, Photo]:
    """The photos as InspectPhoto found them, by name."""

    def look() -> Mapping[str, Photo]:
        photos = photos_of(trial)
        return {name: api_of(trial).inspect_photo(photos.draft_id, id_) for name, id_ in photos.ids.items()}

    return trial.once("photos that were looked at", look)


def check_heic(trial: Trial) -> str:
    """Photos of phones are read in Lambda."""
    photo = inspected(trial)["photo.heic"]
    if photo.status != "READY":
        why = photo.error.message if photo.error else photo.status
        raise Fault(f"A HEIC photo is refused: {why}", "The artefact's libheif does not run there: see its logs.")
    return f"libheif reads a HEIC photo in Lambda: {photo.width} x {photo.height} pixels."


def check_cut_out(trial: Trial) -> str:
    """The built-in cut-out runs in Lambda, and is put right by a stroke."""
    inspected(trial)
    photos = photos_of(trial)
    stroke = {"points": [[0.4, 0.5], [0.6, 0.5]], "width": 0.05}
    seen = api_of(trial).see_mask(photos.draft_id, photos.ids["photo.jpg"], {"keep": [stroke]})
    if not seen.mask:
        raise Fault("The cut-out answers no mask.", "See the logs of CutOutFunction.")
    return f"ONNX Runtime and OpenCV cut a photo out in Lambda: {seen.width} x {seen.height} pixels."


CHECKS = (
    Check(
        "sign-in", "a new user signs in with a password; the API's authorizer takes the token", _USERS, check_sign_in
    ),
    Check(
        "upload", "a presigned POST from the web app's origin is taken, with CORS before and after", _POST, check_upload
    ),
    Check("foreign page", "another origin gets no leave to post", _CORS, check_foreign_page),
    Check("HEIC", "libheif runs in Lambda (InspectPhoto)", _ARM, check_heic),
    Check("cut-out", "ONNX Runtime and OpenCV run in arm64 Lambda (CutOut)", _ARM, check_cut_out),
)
