"""The words of the view for placing a product, in the reader's language, for its scripts. No Streamlit here."""

from __future__ import annotations

from backdrop_web.text.language import translate


def list_words() -> dict[str, str | dict[str, str]]:
    """Return name -> pattern, as `phrase` in the scripts asks for them."""
    return _list_keys() | _list_tools() | _list_told()


def _list_keys() -> dict[str, str | dict[str, str]]:
    return {
        "arrows": translate("Arrows"),
        "shift": translate("Shift"),
        "ctrl": translate("Ctrl"),
        "enter": translate("Enter"),
        "keyMove": translate("move; with Shift further, with Alt by a pixel"),
        "keyScale": translate("larger, smaller"),
        "keyTurn": translate("turn; with Shift further"),
        "keyStill": translate("as the job has it"),
        "keySteps": translate("undo, redo"),
        "keySave": translate("make this image again"),
    }


def _list_tools() -> dict[str, str | dict[str, str]]:
    return {
        "view": translate("Place by hand"),
        "keys": translate("Keys"),
        "close": translate("Close"),
        "place": translate("Place of the product"),
        "stage": translate(
            "The product on its background. Arrow keys move it, plus and minus scale it, brackets turn it."
        ),
        "knob": translate("Turn the product: drag around its middle"),
        "across": translate("To the right"),
        "down": translate("Down"),
        "scale": translate("Size"),
        "turn": translate("Turn"),
        "acrossField": translate("To the right in percent"),
        "downField": translate("Down in percent"),
        "scaleField": translate("Size in percent"),
        "turnField": translate("Turn in degrees"),
        "smaller": translate("Smaller"),
        "larger": translate("Larger"),
        "turnLeft": translate("Turn left"),
        "turnRight": translate("Turn right"),
        "undo": translate("Undo"),
        "redo": translate("Redo"),
        "still": translate("As the job has it"),
        "save": translate("Make this image again"),
    }


def _list_told() -> dict[str, str | dict[str, str]]:
    return {
        "title": translate("Place {name} by hand"),
        "left": translate("Your place from before is here again. Undo takes it back."),
        "drag": translate(
            "Drag the product. The wheel or two fingers scale it, the round handle turns it. Its shadow is made anew"
            " with it."
        ),
        "unchanged": translate("Nothing was changed: there is nothing to make again."),
        "starting": translate("Starting…"),
        "takenBack": translate("Taken back: {place}"),
        "doneAgain": translate("Done again: {place}"),
        "toRight": translate("{share} % to the right"),
        "toLeft": translate("{share} % to the left"),
        "toDown": translate("{share} % down"),
        "toUp": translate("{share} % up"),
        "sized": translate("size {share} %"),
        "turnedLeft": translate("turned {degrees}° left"),
        "turnedRight": translate("turned {degrees}° right"),
    }
