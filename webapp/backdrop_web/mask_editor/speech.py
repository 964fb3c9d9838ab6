"""The words of the mask editor's script, in the reader's language. Its places are filled in the browser."""

from __future__ import annotations

from backdrop_web.text.language import translate


def list_words() -> dict[str, str | dict[str, str]]:
    """Return name -> words, for `phrase` in the script."""
    return {**list_stage_words(), **_list_tools(), **_list_said()}


def list_stage_words() -> dict[str, str | dict[str, str]]:
    """Return the words of what every view with such a stage has: keys, steps, zoom."""
    return {
        "keys": translate("Keys"),
        "close": translate("Close"),
        "tools": translate("Tools"),
        "arrows": translate("Arrows"),
        "space": translate("Space"),
        "enter": translate("Enter"),
        "stepKeys": translate("Ctrl Z, Ctrl Shift Z"),
        "keySteps": translate("undo, redo"),
        "keyZoom": translate("zoom in, out, whole"),
        "undo": translate("Undo"),
        "redo": translate("Redo"),
        "zoom": translate("Zoom"),
        "zoomOut": translate("Zoom out"),
        "zoomIn": translate("Zoom in"),
        "whole": translate("Whole"),
        "takenBack": translate("Taken back."),
        "doneAgain": translate("Done again."),
        "saving": translate("Saving…"),
    }


def _list_tools() -> dict[str, str]:
    return {
        "view": translate("Cut-out"),
        "stage": translate("Photo with its cut-out. Arrow keys move the brush, Space sets it down and lifts it."),
        "keep": translate("Keep"),
        "keepTitle": translate("Draw over what is missing: it is kept up to its edges"),
        "remove": translate("Remove"),
        "removeTitle": translate("Draw over what is too much: it goes, up to its edges"),
        "paint": translate("Brush"),
        "paintTitle": translate("Keeps exactly what you draw over"),
        "erase": translate("Eraser"),
        "eraseTitle": translate("Removes exactly what you draw over"),
        "box": translate("It is in here"),
        "boxTitle": translate("Draw a rectangle around the product: the cut-out is looked for inside it"),
        "piece": translate("Only this piece"),
        "pieceTitle": translate("Press a piece: all others go"),
        "hole": translate("Fill hole"),
        "holeTitle": translate("Press a hole in the product: it is filled"),
        "pan": translate("Move"),
        "panTitle": translate("Drag the picture"),
        "views": translate("View"),
        "cutView": translate("Cut out"),
        "beforeView": translate("Before"),
        "tintView": translate("Tinted"),
        "photoView": translate("Photo"),
        "maskView": translate("Mask"),
        "strokes": translate("What a stroke does"),
        "size": translate("Size"),
        "softEdge": translate("Soft edge"),
        "save": translate("Use this cut-out"),
        "anew": translate("Start over"),
        "anewTitle": translate("The cut-out as the program finds it"),
        "keyTools": translate("tools"),
        "keyBrush": translate("brush smaller, larger"),
        "keyMove": translate("move the brush"),
        "keyPen": translate("brush down, up"),
        "keyView": translate("other view"),
        "keySave": translate("use this cut-out"),
    }


def _list_said() -> dict[str, str]:
    return {
        "title": translate("Cut-out of {name}"),
        "left": translate("Your strokes from before are here again. Undo takes them back."),
        "start": translate("Draw over what is missing or too much; it snaps to the edges."),
        "brushSize": translate("{share:.1f} % of the photo"),
        "busy": translate("One moment: the last stroke is still being worked on."),
        "finding": translate("Finding the edges…"),
        "noPiece": translate("There is no piece. Press one that is kept."),
        "noHole": translate("There is no hole. Press one inside the product."),
        "larger": translate("Draw a larger rectangle, from one corner to the other."),
        "lookingThere": translate("Looking for the product in there…"),
        "looking": translate("Looking for the product…"),
        "nothingChanged": translate("Nothing changed: draw a longer stroke, or take the brush."),
        "done": translate("Done."),
    }
