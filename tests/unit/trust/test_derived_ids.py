"""A derived id is the uuid5 that another language's library gives for the same name."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from hub.ids import derived_id

NAMESPACE = UUID("6f0f4f9e-6f0b-5b7e-9d0e-6a2f3a3f7c11")


@given(st.text(), st.text(), st.text())
def test_a_derived_id_is_the_uuid5_of_its_parts(cause: str, what: str, for_whom: str) -> None:
    try:
        name = "".join(f"{len(part)}:{part};" for part in (cause, what, for_whom))
        expected = str(uuid5(NAMESPACE, name))
    except UnicodeEncodeError:
        return
    assert derived_id(cause, what, for_whom) == expected
