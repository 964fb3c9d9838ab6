"""The words of the uploader's script, in the reader's language. Its places are filled in the browser."""

from __future__ import annotations

from backdrop_web.text.language import translate, translate_forms


def list_words() -> dict[str, str | dict[str, str]]:
    """Return name -> words, or their forms by count, for `phrase` in the script."""
    return {**_list_fixed(), **_list_progress(), **_list_reasons()}


def _list_fixed() -> dict[str, str | dict[str, str]]:
    """Return what stands in `upload.html`, and on buttons."""
    return {
        "addPhotos": translate("Add photos"),
        "zone": translate("Drop or paste photos or a folder here, or use the buttons"),
        "dragHere": translate("Drag photos or a folder here, or"),
        "addYours": translate("Add your photos"),
        "choosePhotos": translate("Choose photos"),
        "chooseFolder": translate("Choose a folder"),
        "hint": translate("{kinds}, up to {size} each, up to {most} photos. Phone photos come out upright."),
        "photos": translate("Photos"),
        "folder": translate("Folder of photos"),
        "cancel": translate("Cancel"),
        "allPhotos": translate("All photos"),
        "onTheirWay": translate("Photos on their way"),
        "filesLeftOut": translate("Files left out"),
        "clearList": translate("Clear list"),
        "clear": translate("Clear"),
        "clearFile": translate("Clear {name}"),
        "remove": translate("Remove"),
        "removeFile": translate("Remove {name}"),
        "tryAgain": translate("Try again"),
        "tryFileAgain": translate("Try again: {name}"),
        "tryMany": translate("Try {number} again"),
    }


def _list_progress() -> dict[str, str | dict[str, str]]:
    return {
        "noFiles": translate("There are no files in it."),
        "noPhotos": translate("There are no photos in it."),
        "countAdded": translate_forms("{done:,} of {count:,} photo added", "{done:,} of {count:,} photos added"),
        "bytesSent": translate("{sent} of {total} sent"),
        "nowChecking": translate("checking"),
        "underAMinute": translate("less than a minute left"),
        "minutesLeft": translate("about {minutes} min left"),
        "hoursLeft": translate("about {hours} h {minutes} min left"),
        "tryingAgain": translate("Trying again ({attempt}) · {share} %"),
        "tryingSoon": translate("Trying again…"),
        "shareSent": translate("{share:,} % of {size}"),
        "checking": translate("Checking…"),
        "waiting": translate("Waiting"),
        "offline": translate("This device is offline. It goes on by itself when the connection is back."),
        "moreWaiting": translate("and {count:,} more waiting"),
        "more": translate("and {count:,} more"),
        "notUploaded": translate_forms(
            "{count:,} photo was not uploaded yet. Add them again to have them in the job.",
            "{count:,} photos were not uploaded yet. Add them again to have them in the job.",
        ),
        "leftOut": translate_forms(
            "{count:,} file is left out. The others go on.", "{count:,} files are left out. The others go on."
        ),
        "cancelled": translate_forms(
            "Cancelled. {count:,} photo was added, {others}", "Cancelled. {count:,} photos were added, {others}"
        ),
        "othersNot": translate_forms("{count:,} was not.", "{count:,} were not."),
        "added": translate_forms("{count:,} photo added.", "{count:,} photos added."),
        "known": translate_forms("{count:,} was in this job already.", "{count:,} were in this job already."),
        "bad": translate_forms("{count:,} file is left out.", "{count:,} files are left out."),
        "clutter": translate_forms("{count:,} file of the system left out.", "{count:,} files of the system left out."),
    }


def _list_reasons() -> dict[str, str | dict[str, str]]:
    """Return why a file is left out."""
    return {
        "empty": translate("The file is empty. Copy it from the camera again."),
        "unreadable": translate(
            "This file can't be read. If it is kept online only, download it to this device first."
        ),
        "changed": translate("The file changed or was moved. Add it again."),
        "tooLarge": translate("This file has {size}; a photo may have {most}. Save it with a lower JPEG quality."),
        "notPhoto": translate("This is no photo in {kinds}. Export it as one of these, or leave it out."),
        "otherKind": translate("This is {name}, no photo in {kinds}. Export it as one of these, or leave it out."),
        "rawFile": translate("a camera's raw file ({ending})"),
        "full": translate("A job takes {most:,} photos, and this one is full. Make a second job."),
        "parked": translate("The job was started without it. Try again to have it in this one."),
        "network": translate("The connection failed several times. Check it, then try again."),
        "storageRefused": translate("The storage refused the photo ({status}). Try again."),
        "notStored": translate("The photo did not reach the storage. Try again."),
    }
