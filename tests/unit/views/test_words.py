"""Values of the register and of notices, in words."""

import pytest

from deploy.views.words import plain_words


@pytest.mark.parametrize(
    "value,said",
    [
        ("E08000005", "Rochdale (E08000005)"),
        ("parent_or_carer", "parent or carer"),
        ("1999-01-02T17:10:00.000Z", "02 Jan 17:10"),
        ("Ada O'Sample_", "Ada O'Sample_"),
        ("near 12 Example Close", "near 12 Example Close"),
    ],
)
def test_a_value_is_said_as_people_say_it(value: str, said: str) -> None:
    assert plain_words(value) == said
