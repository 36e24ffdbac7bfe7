"""What becomes of translations when a course changes."""

from courses.authoring.language import State
from courses.authoring.translation.cells import Kind
from courses.authoring.translation.merge import Change, Known, merge
from courses.authoring.translation.passages import Passage


def passage(text, cell="a", kind=Kind.BLOCK, nth=""):
    return Passage(f"one/{cell}{nth}", text, kind, "one", "one.ipynb", cell, 3)


def known(text, translation, cell="a", **more):
    return Known(f"one/{cell}", text, translation, **{"of": text, **more})


def the_only(merged):
    (entry,) = merged.entries
    return entry


def test_a_text_that_stays_keeps_its_translation_and_comment():
    old = known("Hello.", "Salut.", comment="to a friend")
    entry = the_only(merge([passage("Hello.")], [old]))
    assert (entry.state, entry.change) == (State.TRANSLATED, Change.NONE)
    assert entry.known.comment == "to a friend"


def test_a_changed_text_is_stale_and_remembers_what_was_translated():
    entry = the_only(merge([passage("Hello, you.")], [known("Hello.", "Salut.")]))
    assert (entry.state, entry.change) == (State.STALE, Change.CHANGED)
    assert (entry.known.of, entry.known.translation) == ("Hello.", "Salut.")


def test_a_text_changed_twice_still_remembers_the_one_that_was_translated():
    first = the_only(merge([passage("Hello, you.")], [known("Hello.", "Salut.")]))
    second = the_only(merge([passage("Hello, both of you.")], [first.known]))
    assert (second.state, second.known.of) == (State.STALE, "Hello.")


def test_going_back_to_the_old_text_makes_its_translation_right_again():
    stale = the_only(merge([passage("Hello, you.")], [known("Hello.", "Salut.")]))
    again = the_only(merge([passage("Hello.")], [stale.known]))
    assert again.state is State.TRANSLATED


def test_a_text_in_a_new_cell_is_found_by_what_it_says():
    entry = the_only(merge([passage("Hello.", cell="b")], [known("Hello.", "Salut.")]))
    assert (entry.state, entry.change) == (State.TRANSLATED, Change.MOVED)
    assert entry.known.context == "one/b"


def test_of_several_changed_texts_each_goes_to_the_most_alike():
    old = [known("The cat sat down.", "Le chat."), known("A dog ran away.", "Un chien.")]
    new = [passage("A big dog ran away."), passage("The old cat sat down.")]
    merged = merge(new, old)
    assert [one.known.translation for one in merged.entries] == ["Un chien.", "Le chat."]


def test_a_text_that_is_new_beside_the_others_is_missing_not_stale():
    old = [known("The cat sat down.", "Le chat.")]
    merged = merge([passage("The cat sat down."), passage("Ω")], old)
    assert [one.state for one in merged.entries] == [State.TRANSLATED, State.MISSING]


def test_what_vanished_is_obsolete_and_comes_back_with_its_text():
    gone = merge([], [known("Hello.", "Salut."), known("Bye.", "")])
    assert (gone.gone, [one.text for one in gone.obsolete]) == (1, ["Hello."])
    back = merge([passage("Hello.", cell="z")], [], gone.obsolete)
    assert the_only(back).state is State.TRANSLATED
    assert back.obsolete == ()


def test_a_stale_translation_that_vanishes_is_kept_with_the_text_it_is_of():
    gone = merge([], [known("Hello, you.", "Salut.", of="Hello.")])
    assert [one.text for one in gone.obsolete] == ["Hello."]


def test_what_a_translator_doubts_stays_doubtful():
    entry = the_only(merge([passage("Hello.")], [known("Hello.", "Salut.", of=None)]))
    assert entry.state is State.STALE


def test_a_translation_of_code_that_loses_a_field_is_a_misfit():
    string = passage("{n} left", kind=Kind.STRING)
    merged = merge([string], [known("{n} left", "il en reste")])
    assert the_only(merged).state is State.MISFIT
    assert merged.translations == {}


def test_two_equal_texts_of_a_cell_have_a_translation_each():
    new = [passage("Right"), passage("Right", nth="/2")]
    old = [known("Right", "Juste"), Known("one/a/2", "Right", "À droite", "Right")]
    assert list(merge(new, old).translations.values()) == ["Juste", "À droite"]
