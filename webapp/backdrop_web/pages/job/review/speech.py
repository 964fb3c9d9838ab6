"""The words of the review in the reader's language, for its scripts. No Streamlit here."""

from __future__ import annotations

from backdrop_web.streamlit_shell.slider import slider
from backdrop_web.text.language import translate, translate_forms


def list_words() -> dict[str, str | dict[str, str]]:
    """Return name -> pattern, as `phrase` in the scripts asks for them."""
    return slider.list_words() | _list_states() | _list_actions() | _list_told() | _list_panel() | _list_keys()


def _list_states() -> dict[str, str | dict[str, str]]:
    return {
        "waiting": translate("Waiting"),
        "left": translate("Not made"),
        "failed": translate("Failed"),
        "review": translate("To review"),
        "APPROVED": translate("Approved"),
        "REJECTED": translate("Rejected"),
        "CUT_OUT": translate("Cut-out"),
        "BACKGROUND": translate("Background"),
        "COLOUR": translate("Colour"),
    }


def _list_actions() -> dict[str, str | dict[str, str]]:
    return {
        "approveAll": translate_forms("Approve all {count:,} shown", "Approve all {count:,} shown"),
        "reviewPage": translate_forms("Review {count:,} on this page", "Review {count:,} on this page"),
        "lookThrough": translate("Look through"),
        "undo": translate("Undo"),
        "back": translate("Back"),
        "next": translate("Next"),
        "approve": translate("Approve"),
        "reject": translate("Reject"),
        "close": translate("Close"),
        "keys": translate("Keys"),
        "farther": translate("Farther (-)"),
        "nearer": translate("Nearer (+)"),
        "realPixels": translate("Real pixels (1)"),
        "allOfIt": translate("All of it (0)"),
        "fit": translate("Fit"),
        "fits": translate("Fits"),
        "share": translate("{share:,} %"),
        "download": translate("Download"),
        "copyLink": translate("Copy link"),
        "copyLinkTold": translate("The address of this image. Whoever opens it signs in, and must be let see the job."),
        "linkCopied": translate("Link copied"),
        "copyLinkByHand": translate("Copy this address:"),
        "fix": translate("Fix the cut-out…"),
        "place": translate("Place by hand…"),
        "story": translate("How was this made?"),
        "again": translate("Run again…"),
    }


def _list_told() -> dict[str, str | dict[str, str]]:
    return {
        "images": translate("Images"),
        "reviewView": translate("Review"),
        "about": translate("About this image"),
        "pressImage": translate("Press an image to see more of it."),
        "keysHint": translate(
            "Keys: ‹A› approve, ‹R› reject (‹C› cut-out, ‹B› background, ‹L› colour), ‹U› undo, ‹←› ‹→› move"
        ),
        "allApproved": translate_forms(
            "Approved: {count:,} images. Undo takes them back together.",
            "Approved: {count:,} images. Undo takes them back together.",
        ),
        "doneSeconds": translate_forms("Done: {count:,} image in {time:,} s.", "Done: {count:,} images in {time:,} s."),
        "doneMinutes": translate_forms(
            "Done: {count:,} image in {time:,} min.", "Done: {count:,} images in {time:,} min."
        ),
        "last": translate("This is the last image."),
        "first": translate("This is the first image."),
        "loading": translate("Loading the page"),
        "approvedOne": translate("Approved: {name}"),
        "rejectedOne": translate("Rejected: {name}"),
        "approvedAlone": translate("Approved: {name}, {variation} alone"),
        "takenBack": translate("Taken back: {name}"),
        "saving": translate("Saving {count:,}…"),
        "placeOf": translate("{number:,} of {total:,}"),
        "toCheck": translate_forms("{count:,} to check", "{count:,} to check"),
        "tryOf": translate("try {number:,} of {total:,}"),
        "variationShort": translate("variation {variation}"),
        "nameVariation": translate("{name}, variation {variation}"),
    }


def _list_panel() -> dict[str, str | dict[str, str]]:
    return {
        "lookFirst": translate("Look at this first"),
        "rulesDoubtful": translate(
            "None of its rules is broken as far as Backdrop can measure; what is flagged above comes first."
        ),
        "rulesKept": translate("All its rules are kept."),
        "variations": translate("Variations of this photo"),
        "variation": translate("Variation {variation}"),
        "sideBySide": translate("Side by side"),
        "onlyThisTold": translate("Approve this one and reject the others"),
        "onlyThis": translate("Approve only this one"),
        "chooseThis": translate("Choose this one"),
        "chooseThisTold": translate("Approve this one: it is then in the set"),
        "tries": translate("Tries of this image"),
        "try": translate("Try {number:,}"),
        "tryInSet": translate("Try {number:,}, in the set"),
        "inSet": translate("This try is in the set."),
        "behind": translate("This try is behind the one in the set (★)."),
        "otherWords": translate("In other words…"),
        "otherWordsTold": translate("Why it is rejected, in other words"),
        "rejectBecause": translate("Reject because of…"),
    }


def _list_keys() -> dict[str, str | dict[str, str]]:
    return {
        "keyApprove": translate("Approve, go on"),
        "keyReject": translate("Reject, go on"),
        "keyCutOut": translate("Reject because of the cut-out"),
        "keyBackground": translate("Reject because of the background"),
        "keyColour": translate("Reject because of the colour"),
        "keyOnly": translate("Approve this variation, reject the photo’s others"),
        "keyVariations": translate("The photo’s variations side by side"),
        "keyMove": translate("The image before, the next one"),
        "keyNearer": translate("Nearer, farther"),
        "keyReal": translate("Real pixels"),
        "keyAll": translate("All of it"),
        "keyPan": translate("Move what is seen"),
        "keyKeys": translate("These keys"),
        "keyShift": translate("Shift"),
    }
