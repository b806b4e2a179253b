"""Documents are cut along their headings, never through a sentence."""

from __future__ import annotations

from dashboard.knowledge.passages import Piece, cut, title

SHIPPING = """\
# Shipping

We roast on Mondays.

## Europe

We ship to **all** EU countries.

### Norway

It takes [four days](https://post.example/no).

## Damaged

Send us a photo.
"""


def test_a_passage_carries_the_headings_above_it() -> None:
    pieces = cut(SHIPPING)

    assert pieces == [
        Piece("", "We roast on Mondays."),
        Piece("Europe", "We ship to all EU countries."),
        Piece("Europe › Norway", "It takes four days (https://post.example/no)."),
        Piece("Damaged", "Send us a photo."),
    ]


def test_a_document_with_several_first_headings_keeps_them() -> None:
    pieces = cut("# One\n\nFirst.\n\n# Two\n\nSecond.")

    assert [piece.heading for piece in pieces] == ["One", "Two"]


def test_a_source_is_called_by_document_and_heading() -> None:
    assert title("Shipping", "Europe › Norway") == "Shipping › Europe › Norway"
    assert title("Shipping", "") == "Shipping"


def test_a_long_section_is_cut_between_sentences() -> None:
    said = [f"This is sentence number {n} of a rather long text about nothing." for n in range(40)]

    pieces = cut(" ".join(said))

    assert len(pieces) > 3
    assert all(80 <= len(piece.text.split()) <= 120 for piece in pieces[:-1])
    assert " ".join(piece.text for piece in pieces) == " ".join(said)
    assert all(piece.text.endswith("nothing.") for piece in pieces)


def test_words_that_never_end_a_sentence_are_cut_after_all() -> None:
    pieces = cut("word " * 1000)

    assert max(len(piece.text.split()) for piece in pieces) <= 120
    assert sum(len(piece.text.split()) for piece in pieces) == 1000


def test_a_row_of_a_table_says_its_columns() -> None:
    pieces = cut("| To | Price |\n|---|---|\n| Norway | 119 kr |\n| Sweden | |")

    assert pieces[0].text == "To: Norway; Price: 119 kr.\nTo: Sweden."


def test_items_of_a_list_stay_lines_and_steps_keep_their_numbers() -> None:
    pieces = cut("You need:\n\n- a kettle\n- a scale\n\n1. Boil.\n2. Pour.")

    assert pieces[0].text.splitlines() == [
        "You need:",
        "a kettle",
        "a scale",
        "1. Boil.",
        "2. Pour.",
    ]


def test_short_lines_of_plain_text_stay_lines_and_wrapped_ones_are_joined() -> None:
    wrapped = "This line is long enough to have been wrapped by an editor, so it\ngoes on here."

    pieces = cut(f"Monday 9–17\nTuesday closed\n\n{wrapped}")

    assert pieces[0].text.splitlines() == [
        "Monday 9–17",
        "Tuesday closed",
        wrapped.replace("\n", " "),
    ]


def test_tags_and_comments_of_html_are_left_out() -> None:
    pieces = cut("<!-- secret note -->\n<div>\nOpen <b>daily</b>.\n</div>")

    assert pieces[0].text.split() == ["Open", "daily", "."]


def test_a_document_with_nothing_in_it_has_no_passages() -> None:
    assert cut("") == []
    assert cut("# Only a title\n\n## And another") == []
