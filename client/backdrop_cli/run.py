"""The whole job as one function: draft -> upload and inspect -> submit -> follow -> download."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx

from backdrop.api.schemas.backdrops import show_recipe
from backdrop.api.schemas.jobs import Estimate, Job
from backdrop.api.schemas.models import Models, find_model
from backdrop.api.schemas.photos import Error, Photo
from backdrop.core.backdrops import Backdrop
from backdrop.core.by_hand import ByHand
from backdrop.core.names import printable
from backdrop.core.naming import describe_saved
from backdrop.core.negations import Negation, find_negations, move_negations
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Spread
from backdrop_cli.checks import check_count, check_request, photo_problem
from backdrop_cli.collect import Collected, collect_images, collect_papers
from backdrop_cli.events import (
    Exporting,
    Listener,
    Notice,
    Problem,
    Progress,
    Resubmitting,
    Stage,
    Submitted,
    Submitting,
)
from backdrop_cli.flag_types import Behind, Kept
from backdrop_cli.follow import follow_job
from backdrop_cli.outcome import Outcome, Result, result_of
from backdrop_cli.prepare import prepare_photos
from backdrop_cli.scan import FoundPhoto
from backdrop_cli.scenes import Also, bring_scenes
from backdrop_cli.sheets import find_long_prompts, refuse_faults
from backdrop_client.api import BackdropApi
from backdrop_client.backdrops import bring_backdrop
from backdrop_client.download import Downloader
from backdrop_client.errors import WrongUse
from backdrop_client.export import Changes, command_of_redo, export
from backdrop_client.output_names import plan_files
from backdrop_client.outputs import OutputFolder
from backdrop_client.parallel import Stop
from backdrop_client.rerun import rerun
from backdrop_client.saved import begin_request, find_named
from backdrop_client.sheets.sheet import Wish
from backdrop_client.sheets.sheet_backdrops import Named, find_backdrops, with_backdrops
from backdrop_client.tries.redo import Changes as RedoChanges
from backdrop_client.tries.redo import redo
from backdrop_client.upload import PhotoSource, Uploader

_TOLD_NEGATIONS = 5


class Runner:
    """Runs jobs for a signed-in user.

    Args:
        api: the REST API.
        storage: HTTP client for presigned addresses; must not add headers of its own.
        on_event: told what goes on, in the caller's thread.
        workers: photos uploaded, inspected or downloaded at once.
    """

    def __init__(self, api: BackdropApi, storage: httpx.Client, on_event: Listener, workers: int = 8) -> None:
        self._api = api
        self._emit = on_event
        self._workers = workers
        self._stop = Stop()
        self._uploader = Uploader(storage)
        self._downloader = Downloader(storage, stop=self._stop)

    def replace(
        self,
        photos: Sequence[FoundPhoto],
        request: JobRequest,
        labels: Sequence[str],
        folder: OutputFolder,
        masks: Mapping[int, Path] | None = None,
        backdrop: Behind | None = None,
        wishes: Mapping[int, Wish] | None = None,
        naming: str = "",
        *,
        also: Sequence[Also] = (),
        propose: bool = False,
        plain: Backdrop | None = None,
    ) -> Outcome:
        """Replace the backgrounds of `photos` and put the results into `folder`.

        `labels`: keep only these (names compared without case) in every photo; none keeps all that is found.
        `masks`: place in `photos` -> mask of the user's own. `backdrop`: the picture of the request's backdrop,
        or how it is made.
        `wishes`: place in `photos` -> what a sheet wants for it, whose prompts the request has by place;
        `naming`: the template of the files' names, which with the wishes has been found good.
        `also`: what stands behind the products in the further scenes that are not painted.
        `plain`: shadow and place of products on the backdrops that a sheet names.
        `propose`: nothing was said about what to avoid, and the negative prompt is what the service proposes.

        A photo that can't be used is a failed result and stops no other; when none can be used, nothing is
        submitted. Raises `WrongUse` before anything is uploaded, and what `BackdropApi` raises.
        """
        try:
            catalogue = self._api.models()
            if propose and (avoided := proposed_negative_prompt(request, catalogue)):
                self._emit(Notice(f"Avoiding: {avoided} (--negative-prompt says otherwise)"))
                request = replace(request, negative_prompt=avoided)
            return self._replace(
                catalogue,
                photos,
                request,
                labels,
                folder,
                masks or {},
                backdrop,
                wishes or {},
                naming,
                also,
                plain or Backdrop(),
            )
        except BaseException:
            self._stop.set()
            raise

    def begin_with(self, name: str) -> JobRequest:
        """Return what saved settings ask for. Raises `WrongUse` where none, or several, are called so."""
        found = find_named(self._api.saved_settings(), name)
        used = describe_saved(found.name, found.version, changed=False)
        self._emit(Notice(f"Saved settings: {used}{f', of the team {found.team}' if found.team else ''}"))
        return begin_request(found)

    def fetch(self, job_id: str, folder: OutputFolder, *, approved: bool = False) -> Outcome:
        """Wait for a submitted job and put its results into `folder`, under the names that they had the first time.

        `approved`: those that somebody approved, and no others. Raises `WrongUse` when there are none.
        """
        outcome = self._fetch(self._api.job(job_id), folder, approved=approved)
        if approved and not outcome.results:
            raise WrongUse(
                "NOTHING_APPROVED",
                f"No image of {job_id} is approved.",
                "Approve images on the job's page first, or leave --approved out.",
            )
        return outcome

    def export(
        self,
        job_id: str,
        folder: OutputFolder,
        changes: Changes,
        *,
        approved: bool,
        only: Sequence[str] = (),
        skus: Sequence[str] = (),
        backdrop: Behind | None,
        places: Mapping[str, ByHand],
    ) -> Outcome:
        """Finish the images of a job once more without any model call, and put the results into `folder`.

        `approved`, `only`, `skus`: those alone (`backdrop_client.export`).
        `backdrop`: a picture to stand behind them; `places`: photo's name -> place by hand. Raises
        `WrongUse` when there is nothing to export.
        """
        job = export(
            self._api,
            job_id,
            changes,
            approved=approved,
            only=only,
            skus=skus,
            bring=partial(self._bring, backdrop) if backdrop else None,
            places=places,
            on_submit=lambda choice: self._emit(
                Exporting(
                    len(choice.images),
                    choice.of,
                    choice.unfinished,
                    choice.alike,
                    {command_of_redo(id_, approved=approved): count for id_, count in choice.elsewhere.items()},
                )
            ),
        )
        self._emit(Submitted(job))
        return self._fetch(job, folder)

    def retry(
        self, job_id: str, folder: OutputFolder, *, everything: bool, prompt: str | None, seed: int | None
    ) -> Outcome:
        """Run the failed photos of a job (or all) again as a new job, and put its results into `folder`.

        Raises `WrongUse` when there is nothing to run again.
        """
        job = rerun(
            self._api,
            job_id,
            everything=everything,
            prompt=prompt,
            seed=seed,
            on_submit=lambda photos: self._emit(Resubmitting(photos)),
        )
        self._emit(Submitted(job))
        return self._fetch(job, folder)

    def redo(
        self, job_id: str, folder: OutputFolder, changes: RedoChanges, *, only: Sequence[str], max_usd: float | None
    ) -> Outcome:
        """Make new tries of the rejected images of a job (or of `only`) for its set, wait for them, and put the set
        into `folder`.

        Raises `WrongUse` when there is nothing to redo.
        """
        models, model_id = self._api.models().models, self._api.job(job_id).model_id

        def told(photos: int, images: int, estimate: Estimate) -> None:
            model = find_model(models, model_id) or models[0]
            self._emit(Submitting(photos, images, model, estimate))

        redone = redo(self._api, job_id, changes, only=only, max_usd=max_usd, on_submit=told)
        self._emit(Submitted(redone))
        follow_job(self._api, redone, self._emit)
        return self._fetch(self._api.job(job_id), folder)

    def _fetch(self, job: Job, folder: OutputFolder, *, approved: bool = False) -> Outcome:
        try:
            job = follow_job(self._api, job, self._emit)
            collected = collect_images(
                self._api, self._downloader, job, folder, self._emit, self._workers, approved=approved
            )
            results = [result_of(c, c.image.name, None) for c in collected]
            return Outcome(job, results, self._papers(job, collected, folder))
        except BaseException:
            self._stop.set()
            raise

    def _replace(
        self,
        catalogue: Models,
        photos: Sequence[FoundPhoto],
        request: JobRequest,
        labels: Sequence[str],
        folder: OutputFolder,
        masks: Mapping[int, Path],
        backdrop: Behind | None,
        wishes: Mapping[int, Wish],
        naming: str,
        also: Sequence[Also],
        plain: Backdrop,
    ) -> Outcome:
        check_count(request, len(photos), catalogue.limits)
        model = find_model(catalogue.models, request.model_id or catalogue.default_model_id)
        if model:
            refuse_faults(find_long_prompts(wishes, model.prompt_max_length))
        behind = self._find_backdrops(request, wishes)
        if backdrop:
            request = self._with_backdrop(request, backdrop)
        request = replace(request, options=bring_scenes(request.options, also, self._bring))
        ids_of = {one: one if isinstance(one, str) else self._bring(one) for one in dict.fromkeys(behind.values())}
        chosen = {place: ids_of[one] for place, one in behind.items()}
        draft_id = self._api.create_draft().draft_id
        places = list(map(str, range(len(photos))))
        of_sheet = {str(place): id_ for place, id_ in chosen.items()}
        check_request(self._api, draft_id, with_backdrops(request, of_sheet, places, plain))
        for prompt, negations in _negations(request):
            words = ", ".join(f'"{one.words}"' for one in negations)
            better = shlex.quote(move_negations(prompt, request.negative_prompt)[1])
            advice = f"Models often paint what they are told to leave out: {words}."
            self._emit(Notice(f"{advice} Better: --negative-prompt {better}"))
        if masks:
            others = "" if len(masks) == len(photos) else "; the others have none"
            self._emit(Notice(f"Masks of your own: {len(masks):,} for {len(photos):,} photos{others}"))
        failures: dict[int, Error] = {}
        good: list[int] = []
        for index, photo in enumerate(photos):
            problem = photo_problem(photo.path, catalogue.limits)
            if problem:
                self._refuse(failures, index, photo, problem)
            else:
                good.append(index)
        if not good:
            return Outcome(None, _without_job(photos, failures))

        ready = self._prepare(draft_id, photos, good, labels, masks, failures, wishes)
        if not ready:
            return Outcome(None, _without_job(photos, failures))

        assert model is not None  # the service took the request
        kept = {photo_id: names for photo_id, (_, names) in ready.items() if names}
        prompts = {id_: wishes[index].prompt for id_, (index, _) in ready.items() if index in wishes}
        prompts = {id_: prompt for id_, prompt in prompts.items() if prompt}
        skus = {id_: wishes[index].sku for id_, (index, _) in ready.items() if index in wishes and wishes[index].sku}
        request = replace(request, labels=kept, prompts=prompts, skus=skus)
        theirs = {id_: chosen[index] for id_, (index, _) in ready.items() if index in chosen}
        ids = list(ready)
        request = with_backdrops(request, theirs, ids, plain)
        made = {id_: (photos[index].name, wishes.get(index, Wish(0))) for id_, (index, _) in ready.items()}
        files = plan_files(naming, made, request)
        refuse_faults(files.faults)
        request = replace(request, file_names={ids[place]: found for place, found in files.names.items()})
        images = request.count_images(len(ready))
        self._emit(Submitting(len(ready), images, model, self._api.estimate(draft_id, request)))
        job = self._api.submit(draft_id, request)
        self._emit(Submitted(job))
        job = follow_job(self._api, job, self._emit)
        of_photo = {index: request.count_images_of(photo_id) for photo_id, (index, _) in ready.items()}
        index_of = {photo_id: index for photo_id, (index, _) in ready.items()}
        return self._collect(job, photos, index_of, of_photo, failures, folder)

    def _find_backdrops(self, request: JobRequest, wishes: Mapping[int, Wish]) -> dict[int, Named]:
        """Place of a photo -> the backdrop that the sheet names for it. Raises `WrongUse` for faults, which have been
        told then."""
        if not any(wish.backdrop for wish in wishes.values()):
            return {}
        options = request.options
        dealt = options.spread is Spread.TURN
        found, faults = find_backdrops(wishes, self._api.backdrops(), variations=options.variations, dealt=dealt)
        refuse_faults(faults)
        return found

    def _with_backdrop(self, request: JobRequest, picture: Behind) -> JobRequest:
        """The request with the id of its backdrop."""
        chosen = request.options.backdrop
        assert chosen is not None
        return replace(request, options=replace(request.options, backdrop=replace(chosen, id=self._bring(picture))))

    def _bring(self, picture: Behind) -> str:
        """The id of a backdrop, which is uploaded, or made, the first time."""
        if isinstance(picture, Kept):
            return picture.id
        if not isinstance(picture, Path):
            return self._api.make_backdrop(show_recipe(picture)).backdrop_id
        source = PhotoSource.from_path(picture, printable(picture.name))
        told = Notice(f"Uploading the backdrop {source.name}")
        return bring_backdrop(self._api, self._uploader, source, lambda: self._emit(told)).backdrop_id

    def _prepare(
        self,
        draft_id: str,
        photos: Sequence[FoundPhoto],
        good: Sequence[int],
        labels: Sequence[str],
        masks: Mapping[int, Path],
        failures: dict[int, Error],
        wishes: Mapping[int, Wish],
    ) -> dict[str, tuple[int, list[str]]]:
        """Photo id -> (place in `photos`, labels to keep) for all that can be submitted, in their order."""
        sources = [PhotoSource.from_path(photos[index].path, photos[index].name) for index in good]
        own = {
            place: PhotoSource.from_path(masks[index], printable(str(masks[index])))
            for place, index in enumerate(good)
            if index in masks
        }

        def progress(done: int, fraction: float) -> None:
            self._emit(Progress(Stage.UPLOADING, done, len(sources), fraction))

        ready: dict[str, tuple[int, list[str]]] = {}
        prepared_photos = prepare_photos(
            self._api,
            self._uploader,
            draft_id,
            sources,
            masks=own,
            workers=self._workers,
            on_progress=progress,
            stop=self._stop,
        )
        with closing(prepared_photos):
            for prepared in prepared_photos:
                index = good[prepared.index]
                failure = prepared.failure
                if prepared.photo:
                    own_labels = wishes[index].labels if index in wishes else ()
                    kept, failure = keep_labels(prepared.photo, own_labels or labels)
                    if prepared.photo.has_mask and failure:
                        # The mask says what is kept, whatever it is called.
                        kept, failure = [], None
                    if failure is None:
                        ready[prepared.photo.photo_id] = (index, kept)
                        continue
                    self._api.delete_photo(draft_id, prepared.photo.photo_id)
                if failure:
                    self._refuse(failures, index, photos[index], failure)
        return dict(sorted(ready.items(), key=lambda item: item[1][0]))

    def _collect(
        self,
        job: Job,
        photos: Sequence[FoundPhoto],
        index_of: Mapping[str, int],
        images: Mapping[int, int],
        failures: Mapping[int, Error],
        folder: OutputFolder,
    ) -> Outcome:
        collected = collect_images(self._api, self._downloader, job, folder, self._emit, self._workers)
        found = {(c.image.photo_id, c.image.variation): c for c in collected}
        ids = {index: photo_id for photo_id, index in index_of.items()}
        results: list[Result] = []
        for index, photo in enumerate(photos):
            if index in failures:
                results.append(Result(photo.name, photo.path, None, failures[index]))
                continue
            for variation in range(1, images[index] + 1):
                entry = found.get((ids[index], variation))
                results.append(
                    result_of(entry, photo.name, photo.path)
                    if entry
                    else Result(photo.name, photo.path, None, _lost(), ids[index], variation)
                )
        return Outcome(job, results, self._papers(job, collected, folder))

    def _papers(self, job: Job, collected: Sequence[Collected], folder: OutputFolder) -> dict[str, Path]:
        return collect_papers(self._api, self._downloader, job, collected, folder, self._emit)

    def _refuse(self, failures: dict[int, Error], index: int, photo: FoundPhoto, failure: Error) -> None:
        failures[index] = failure
        self._emit(Problem(photo.name, failure))


def proposed_negative_prompt(request: JobRequest, catalogue: Models) -> str:
    """What the service proposes to avoid; empty where nothing is painted, and for a model that it does not know."""
    model = find_model(catalogue.models, request.model_id or catalogue.default_model_id)
    return model.default_negative_prompt if model and request.options.paints else ""


def _negations(request: JobRequest) -> list[tuple[str, list[Negation]]]:
    """The prompts that say what they don't want, with that; none where nothing is painted."""
    if not request.options.paints:
        return []
    own = [request.prompt] if request.options.generates else []
    found = ((prompt, find_negations(prompt)) for prompt in dict.fromkeys((*own, *request.further_words)))
    return [(prompt, told) for prompt, told in found if told][:_TOLD_NEGATIONS]


def keep_labels(photo: Photo, wanted: Sequence[str]) -> tuple[list[str], Error | None]:
    """Which of a photo's labels to keep, by the names wanted (compared without case).

    Empty and no failure means: keep all. A photo without any of the names gets a failure, because keeping nothing
    would lose the product.
    """
    if not wanted:
        return [], None
    names = {name.casefold() for name in wanted}
    kept = [label.name for label in photo.labels if label.name.casefold() in names]
    if kept:
        return kept, None
    if photo.labels_error:
        return [], Error(
            code="LABELS_UNAVAILABLE",
            message=f"The labels of the photo are not known: {photo.labels_error.message}",
            next_step="Run this photo again later, or without --label.",
        )
    found = ", ".join(label.name for label in photo.labels) or "nothing"
    return [], Error(
        code="NO_LABELS_KEPT",
        message=f"None of the labels to keep ({', '.join(wanted)}) was found in the photo; found: {found}.",
        next_step="Run this photo again with one of the labels found, or without --label.",
    )


def _without_job(photos: Sequence[FoundPhoto], failures: Mapping[int, Error]) -> list[Result]:
    return [Result(photo.name, photo.path, None, failures[index]) for index, photo in enumerate(photos)]


def _lost() -> Error:
    return Error(
        code="NOT_DONE",
        message="The service has no record of this photo in the job.",
        next_step="Run the photo again; tell the people who run Backdrop.",
    )
