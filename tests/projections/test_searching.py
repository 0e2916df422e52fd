"""What people are sought by: names without case and accents, numbers without what is written around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.searching import phone_digits, search_name, words


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Łucja O'Neil-Søgård", ["lucja", "oneil", "sogard"]),
        ("JOSÉ  Núñez", ["jose", "nunez"]),
        ("Jose\u0301 O’Neil", ["jose", "oneil"]),
        ("Strauß, İpek & Kılıç", ["strauss", "ipek", "kilic"]),
        ("Алёна Йод", ["алена", "иод"]),
        ("Ἀθηνᾶ ΣΟΦΌΣ", ["αθηνα", "σοφοσ"]),
        ("مُحَمَّد علي", ["محمد", "علي"]),
        ("王小明", ["王小明"]),
        ("100%_\\", ["100"]),
        (" -- ", []),
    ],
)
def test_words_have_no_case_accents_or_punctuation(written: str, sought: list[str]) -> None:
    """In every script the letters stay."""
    assert words(written) == sought


@given(st.text())
def test_what_is_sought_in_its_form_already_stays_as_it_is(text: str) -> None:
    """So it does not matter which of the two sides was brought into it first."""
    assert words(search_name(text)) == words(text)


@pytest.mark.parametrize("written", ["+49 170 12-34", "0049 (170) 1234", "0049(0)1701234", "49/170.1234", "٤٩١٧٠١٢٣٤"])
def test_number_is_its_digits_however_it_is_written(written: str) -> None:
    """What stands before the country's code says only that it follows."""
    assert phone_digits(written) == "491701234"


def test_number_within_a_country_is_a_part_of_the_whole_number() -> None:
    """The zero before it is dialled only there."""
    assert phone_digits("0170 1234") == "1701234"
    assert phone_digits(None) is None
