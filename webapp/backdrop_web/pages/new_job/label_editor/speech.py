"""The words of the script in which words and boxes are corrected, in the reader's language. Its places are filled in
the browser."""

from __future__ import annotations

from backdrop_web.mask_editor.speech import list_stage_words
from backdrop_web.text.language import translate, translate_forms


def list_words() -> dict[str, str | dict[str, str]]:
    """Return name -> words, or their forms by count, for `phrase` in the script."""
    return {
        **list_stage_words(),
        **_list_buttons(),
        **_list_said(),
        "boxes": translate_forms("{count:,} box", "{count:,} boxes"),
        "boxesWordless": translate_forms(
            "{count:,} box without a word: what is inside is kept",
            "{count:,} boxes without a word: what is inside is kept",
        ),
    }


def _list_buttons() -> dict[str, str]:
    return {
        "view": translate("Words and boxes"),
        "stage": translate(
            "Photo with its boxes. N draws a new box, B goes to the next, arrow keys move it, "
            "with Shift they change its size."
        ),
        "words": translate("What is in the photo"),
        "add": translate("Add a label"),
        "newBox": translate("New box"),
        "asFound": translate("As it was found"),
        "save": translate("Use these"),
        "anotherBox": translate("Another box"),
        "drawBox": translate("Draw box"),
        "drawFor": translate("Draw a box for {name}"),
        "remove": translate("Remove"),
        "removeOne": translate("Remove {name}"),
        "shiftArrows": translate("Shift and arrows"),
        "delete": translate("Delete"),
        "keyNew": translate("a new box"),
        "keyNext": translate("the next box"),
        "keyMove": translate("move the box; with Alt a little"),
        "keySize": translate("make it larger, smaller"),
        "keyTake": translate("take the box away"),
        "keySave": translate("use these"),
    }


def _list_said() -> dict[str, str]:
    return {
        "title": translate("Words and boxes of {name}"),
        "left": translate("What you changed before is here again. Undo takes it back."),
        "start": translate(
            "Drag over the photo to draw a box, or change the words. What has a box is kept only inside it."
        ),
        "boxNumber": translate("box {number:,}"),
        "wordNumber": translate("Word {number:,}"),
        "noWord": translate("No word"),
        "write": translate("Write what it is, then draw its box."),
        "removed": translate("{name} is removed. Undo brings it back."),
        "boxRemoved": translate("The box is removed. Undo brings it back."),
        "dragOf": translate("Drag over the photo, from one corner to the other, to draw the box of {name}."),
        "dragNew": translate("Drag over the photo, from one corner to the other, to draw the box."),
        "hasBox": translate("{name} has a box: it is kept inside it."),
        "boxKept": translate("What is inside the box is kept. Write a word for it, or leave it without one."),
        "drag": translate("Drag to draw a box, from one corner to the other."),
        "unchanged": translate("Nothing was changed."),
        "takeFirst": translate("Take a box first: B goes to the next, N makes a new one."),
        "noBoxYet": translate("There is no box yet. N makes one."),
        "noBox": translate("No box yet: draw where it is"),
        "wordless": translate("A box without a word"),
        "boxTaken": translate("The box is taken away. Undo brings it back."),
        "place": translate("{left:,} % from the left, {top:,} % from above, {width:,} % wide, {height:,} % high"),
    }
