"""Makes a report's model requests once more, from photo, mask and settings: what was asked is what the report says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from backdrop.core.errors import BackdropError
from backdrop.core.workflow_state import Item, RunningJob, in_scene, read_item
from backdrop.imaging.masks import encode_subject, open_mask
from backdrop.imaging.photos import upright_size
from backdrop.models.asking import build_request
from backdrop.models.base import ModelPass, StagedRequest
from backdrop.models.bodies import read_answer
from backdrop.models.plan import Plan, plan_of
from backdrop.models.request_image import RequestImage, from_photo, from_picture, wants_picture
from backdrop.reports.proof.findings import Evidence, Findings, Seen, sha256_of
from backdrop.reports.proof.software import software


def item_of(image: Mapping[str, Any]) -> Item:
    """The photo of a report's image, as the workflow's steps knew it."""
    source, mask = image["Source"], image.get("Mask") or {}
    own = mask if mask.get("Own") else _own_mask_of_earlier_versions(image)
    return read_item(
        {
            "ImageId": image["ImageId"],
            "ImageName": image["ImageName"],
            "Key": source["Key"],
            "Labels": ",".join(image["Labels"]),
            "Boxes": image["Boxes"],
            "NotLocated": ",".join(image["LabelsNotLocated"]),
            "Removed": ",".join(image["LabelsRemoved"]),
            "RemovedBoxes": image["RemovedBoxes"],
            "MaskSha256": own.get("Sha256"),
            "MaskFrom": own.get("From"),
            "Sha256": source["Sha256"],
            "Width": source["Width"],
            "Height": source["Height"],
            "Prompt": image["Prompt"],
            "Scenes": image.get("Scenes"),
        }
    )


def _own_mask_of_earlier_versions(image: Mapping[str, Any]) -> Mapping[str, Any]:
    if image.get("Mask") is not None:
        return {}
    if edited := image.get("EditedMask"):
        return {"Sha256": edited["Sha256"], "From": "Edited"}
    uploaded = image.get("UploadedMaskSha256")
    return {"Sha256": uploaded, "From": "Upload"} if uploaded else {}


class Rebuilder:
    """Makes the requests of a job's images once more, and notes whether they are those of the report."""

    def __init__(self, found: Findings, evidence: Evidence, job: RunningJob, report: Mapping[str, Any]) -> None:
        self._found, self._evidence, self._job = found, evidence, job
        made_by = report.get("Software") or {}
        own = software()
        self._same_software = all(made_by.get(name) == own[name] for name in ("Code", "Pillow"))

    def check(self, image: Mapping[str, Any], source: bytes | None, mask: bytes | None) -> None:
        """Check the requests of one image; `source` and `mask` as they lie there, None where they are not seen."""
        if not image["Passes"]:
            return
        where = f"image {image['ImageId']}"
        if source is None:
            self._found.note(Seen.UNSEEN, "REQUEST", where, "Its requests can't be made again without its photo.")
            return
        job, item = in_scene(self._job, item_of(image), int(image["Variation"]))
        size = upright_size(source)
        plan = plan_of(job, item, size)
        if image["Status"] == "Succeeded" and len(plan) != len(image["Passes"]):
            words = f"By the job's settings it takes {len(plan)} passes; the report has {len(image['Passes'])}."
            self._found.note(Seen.BROKEN, "REQUEST", where, words)
        for number, step in enumerate(image["Passes"]):
            place = f"{where}, pass {number + 1}"
            if number >= len(plan) or plan[number].service_id != step["ModelId"]:
                words = f"By the job's settings no call of {step['ModelId']} belongs here."
                self._found.note(Seen.BROKEN, "REQUEST", place, words)
                continue
            try:
                shown = self._shown(plan, number, image, source, size, job)
                if shown is None:
                    words = "It was shown the picture of the pass before, which is not kept any more."
                    self._found.note(Seen.UNSEEN, "REQUEST", place, words)
                    continue
                self._compare(place, job, item, image, plan[number], shown, mask, step)
                self._cut_out_again(place, item, plan[number], step)
            except BackdropError as error:
                self._found.note(Seen.BROKEN, "REQUEST", place, f"It can't be made again: {error.cause}")

    def _cut_out_again(self, place: str, item: Item, model_pass: ModelPass, step: Mapping[str, Any]) -> None:
        """Limit a kept cut-out to the labels' places once more: that is the mask."""
        answer = self._evidence.read(step["ResponseKey"]) if step.get("MaskSha256") else None
        if answer is None or sha256_of(answer) != step["ResponseSha256"]:
            return
        picture = read_answer(model_pass, answer).picture
        mask = encode_subject(picture, picture.size, item.boxes, item.removed_boxes)
        if sha256_of(mask) == step["MaskSha256"]:
            self._found.note(Seen.HOLDS, "MASK", place, "")
        elif self._same_software:
            words = "The answer and the places of the labels make another mask."
            self._found.note(Seen.BROKEN, "MASK", place, words)

    def _shown(
        self,
        plan: Plan,
        number: int,
        image: Mapping[str, Any],
        source: bytes,
        size: tuple[int, int],
        job: RunningJob,
    ) -> RequestImage | None:
        if not wants_picture(plan[number], job.options):
            return from_photo(plan[number], source, size, job.options)
        before = image["Passes"][number - 1]
        answer = self._evidence.read(before["ResponseKey"])
        if answer is None:
            return None
        picture = read_answer(plan[number - 1], answer).picture
        return from_picture(picture.convert("RGB"), size, job.options)

    def _compare(
        self,
        place: str,
        job: RunningJob,
        item: Item,
        image: Mapping[str, Any],
        model_pass: ModelPass,
        shown: RequestImage,
        mask: bytes | None,
        step: Mapping[str, Any],
    ) -> None:
        opened: Image.Image | None = None
        if model_pass.needs_mask:
            if mask is None:
                words = "It was shown a mask, which is not the report's or is not here."
                self._found.note(Seen.UNSEEN, "REQUEST", place, words)
                return
            opened = open_mask(mask)
        request = build_request(
            job, item, int(image["Seed"]), model_pass, shown, opened, str(image["Source"]["Sha256"])
        )
        if sha256_of(request.body) == step["RequestSha256"]:
            self._found.note(Seen.HOLDS, "REQUEST", place, "")
            return
        words = _difference(request, step["Parameters"])
        if self._same_software:
            self._found.note(Seen.BROKEN, "REQUEST", place, f"Photo, mask and settings make another request: {words}.")
        else:
            other = "Made again by another version of the software it is another request"
            self._found.note(Seen.UNSEEN, "REQUEST", place, f"{other}: {words}. Check it with the report's Software.")


def _difference(request: StagedRequest, told: Mapping[str, Any] | None) -> str:
    made = request.parameters
    names = [name for name in sorted(made.keys() | (told or {}).keys()) if made.get(name) != (told or {}).get(name)]
    return f"{', '.join(names)} differ" if names else "a text of it differs"
