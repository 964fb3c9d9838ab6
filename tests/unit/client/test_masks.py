"""`--masks`: which mask belongs to which photo, and what becomes of a photo whose mask is no good."""

from __future__ import annotations

from pathlib import Path

import pytest

from backdrop_client.api import BackdropApi
from tests.unit.client.conftest import Command
from tests.unit.client.fake import BAD_PHOTO, FakeBackdrop, Fault


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    folder = tmp_path / "masks"
    (folder / "shoes").mkdir(parents=True)
    (folder / "mug.png").write_bytes(b"mask of mug")
    (folder / "shoes" / "mug.png").write_bytes(b"mask of shoes/mug")
    return folder


def used(fake: FakeBackdrop) -> dict[str, bytes | None]:
    return {photo.name: photo.mask if photo.has_mask else None for photo in fake.photos.values()}


def test_each_photo_gets_the_mask_of_its_path(
    backdrop: Command, fake: FakeBackdrop, photos: Path, masks: Path, tmp_path: Path
) -> None:
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--masks", masks, "--out", tmp_path / "out")
    assert status == 0, err
    assert used(fake) == {
        "mug.jpg": b"mask of mug",
        "shoes/mug.jpg": b"mask of shoes/mug",
        "Chaise élégante.png": None,
    }
    assert "Masks of your own: 2 for 3 photos; the others have none" in err


def test_a_photo_is_not_submitted_without_the_mask_that_is_no_good(
    backdrop: Command, fake: FakeBackdrop, photos: Path, masks: Path, tmp_path: Path
) -> None:
    (masks / "mug.png").write_bytes(BAD_PHOTO)
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--masks", masks, "--out", tmp_path / "out")
    assert status == 1
    assert "2 of 3 images succeeded" in out
    assert f"Its mask {masks / 'mug.png'} can't be used: message of MASK_INVALID" in out
    assert "mug.jpg" not in used(fake)


def test_an_expired_upload_of_a_mask_is_asked_for_again(
    backdrop: Command, fake: FakeBackdrop, photos: Path, masks: Path, tmp_path: Path
) -> None:
    expired = Fault(403, "<Error><Code>AccessDenied</Code>Policy expired.</Error>")
    (masks / "shoes" / "mug.png").unlink()
    photo = photos / "mug.jpg"
    fake.fail("POST", "/v1/drafts/d1/photos/p0000000/mask", Fault(503, {"message": "down"}))
    uploads = [Fault(0), expired]

    def planned(method: str, path: str) -> Fault | None:
        if (method, path) == ("POST", "/s3/upload") and uploads:
            fault = uploads.pop(0)
            return fault if fault.status else None
        return original(method, path)

    original = fake.planned
    fake.planned = planned  # type: ignore[method-assign]
    status, _, err = backdrop("replace", photo, "--prompt", "x", "--masks", masks, "--out", tmp_path / "out")
    assert status == 0, err
    assert used(fake) == {"mug.jpg": b"mask of mug"}
    assert fake.count("POST /v1/drafts/d1/photos/p0000000/mask") == 3


def test_a_folder_without_any_of_the_masks_is_wrong_use(
    backdrop: Command, fake: FakeBackdrop, photos: Path, masks: Path, tmp_path: Path
) -> None:
    status, _, err = backdrop(
        "replace", photos / "Chaise élégante.png", "--prompt", "x", "--masks", masks, "--out", tmp_path / "out"
    )
    assert status == 2
    assert str(masks / "Chaise élégante.png") in err
    assert not fake.calls


def test_masks_are_not_taken_for_photos(
    backdrop: Command, fake: FakeBackdrop, photos: Path, masks: Path, tmp_path: Path
) -> None:
    inside = masks.rename(photos / "masks")
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--masks", inside, "--out", tmp_path / "out")
    assert status == 0, err
    assert len(fake.photos) == 3
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--masks", photos, "--out", tmp_path / "out")
    assert (status, "a folder of their own" in err) == (2, True)


def test_a_mask_can_be_taken_away_and_twice_is_no_error(api: BackdropApi, fake: FakeBackdrop) -> None:
    from backdrop_client.api import NewPhoto

    photo_id = api.add_photos("d1", [NewPhoto("mug.jpg", 3)])[0].photo_id or ""
    api.inspect_photo("d1", photo_id)
    fake.photos[photo_id].mask = b"mask"
    assert api.inspect_mask("d1", photo_id).has_mask
    api.delete_mask("d1", photo_id)
    api.delete_mask("d1", photo_id)
    assert not fake.photos[photo_id].has_mask


def test_a_photo_with_a_mask_needs_none_of_the_labels(
    backdrop: Command, fake: FakeBackdrop, photos: Path, masks: Path, tmp_path: Path
) -> None:
    fake.labels = {"mug.jpg": ["Cup"], "shoes/mug.jpg": ["Mug"]}
    options = ("--prompt", "x", "--label", "mug", "--masks", masks)
    status, _, err = backdrop("replace", photos, *options, "--out", tmp_path / "out")
    assert status == 0, err
    assert fake.submitted
    assert list(fake.submitted["labels"].values()) == [["Mug"], ["Mug"]]
