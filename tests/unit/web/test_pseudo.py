"""The language of brackets finds a word that is not translated, and one glued to a translated one."""

from __future__ import annotations

import pytest

from backdrop_web.text.language import translate, translate_text
from tests.unit.web import pseudo


def test_a_word_that_is_not_translated_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo.speak(monkeypatch)

    assert translate("Team {team}", team="Shop") == "⟦Team ⟧Shop"
    assert translate_text("about 7 min") == "⟦about ⟧7⟦ min⟧"
    assert not pseudo.has_foreign("**⟦Team ⟧Shop** 3 kB :material/delete: https://shop.example/a", ["Shop"])
    assert pseudo.has_foreign("⟦Team ⟧Shop is ready", ["Shop"])
    assert pseudo.has_foreign("Cancel")
