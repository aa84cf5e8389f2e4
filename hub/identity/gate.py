"""The gate of personal evidence: what a link without a human needs beside its sums, and what holds one up.

A link needs an identifier or a quoted reference, and the given name or the date of birth (beside a reference the family
name will do: a sister's number stands on the wrong record, her reference seldom); or the given name and the date of
birth, unless the family name is another one and no household agrees; or, where no day of birth is known on one side or
its year is a slip, the name and what stands in the day's place: brothers and sisters differ in the first, namesakes of
one house in the year, and two who share a room in the family name. What is missing does not agree.

A middle name beside a first name agrees only beside a reference, or beside a number with the birth, or with the family
name and the household where no day of birth is known: it may be the first name of a twin whose number stands on the
record, and that twin is weighed. A number that differs holds up all but name, birthday and address together. Another
child of the same birthday or household, whose given name agrees better, holds up the link to the likeliest.
"""

from typing import Final

from hub.identity.births import Birth
from hub.identity.comparisons import Levels, Official, Quoted, Reported, Sender, Sex
from hub.identity.households import Household
from hub.identity.names import Family, Given

GIVEN_AGREES: Final = frozenset({Given.SAME, Given.SUBSET, Given.VARIANT, Given.CLOSE, Given.SWAPPED, Given.NICKNAME})
FAMILY_AGREES: Final = frozenset({Family.SAME, Family.VARIANT, Family.PART, Family.CLOSE, Family.SWAPPED})
BIRTH_AGREES: Final = frozenset({Birth.SAME, Birth.SWAPPED, Birth.CLOSE})
ALIKE_GIVEN: Final = frozenset({Given.CLOSE, Given.VARIANT, Given.NICKNAME})
ONE_HOUSEHOLD: Final = frozenset({Household.ADDRESS, Household.LINE, Household.POSTCODE, Household.STREET})
_SAME_GIVEN: Final = frozenset({Given.SAME, Given.VARIANT, Given.SWAPPED})
_BORN_TOGETHER: Final = frozenset({Birth.SAME, Birth.SWAPPED})
_OTHER_SEX: Final = frozenset({Sex.DIFFERENT, Sex.NAMED_ALIKE})
_OTHER_FAMILY: Final = frozenset({Family.DIFFERENT})
_OTHER_GIVEN: Final = frozenset({Given.DIFFERENT, Given.NEAR, Given.OVERLAP})
_YEAR_AGREES: Final = frozenset({Birth.YEAR, Birth.PLACEHOLDER})
_UNDATED: Final = _YEAR_AGREES | {Birth.UNKNOWN}
_NEXT_TO_NO_BIRTH: Final = frozenset({Birth.NEAR_YEAR, Birth.FAR_YEAR, Birth.OTHER_YEAR, Birth.WEEKS, Birth.UNKNOWN})
_NO_OTHER_BIRTH: Final = _YEAR_AGREES | _NEXT_TO_NO_BIRTH | {Birth.DAY_MONTH, Birth.SAME_YEAR}
_IDENTIFIER_AGREES: Final = frozenset({Official.SAME, Official.CLOSE})
_REFERENCE_AGREES: Final = frozenset({Quoted.QUOTED, Quoted.SHARED, Quoted.CLOSE})


def personal_evidence(levels: Levels, *, is_home_of_many: bool = False, is_family_home: bool = False) -> bool:
    """Whether there is what a link without a human needs. In a home or hotel of many an address is no family's: several
    there have one given name and one year. In a family's home, where nobody is placed, two seldom have one given name.
    """
    given, birth = levels.given in GIVEN_AGREES, levels.birth in BIRTH_AGREES
    if levels.given is Given.SUBSET and levels.reference not in _REFERENCE_AGREES:
        return levels.identifier is Official.SAME and (birth or _is_of_that_house(levels))
    if given and birth and not _is_numbered_apart(levels) and not _is_of_another_family(levels):
        return True
    at_home = levels.household in ONE_HOUSEHOLD and not is_home_of_many and levels.family not in _OTHER_FAMILY
    if _is_that_name(levels, at_home=at_home) or _is_of_that_absence(levels, at_home=at_home):
        return True
    if is_family_home and _is_filed_after_another(levels):
        return True
    if levels.reference in _REFERENCE_AGREES and levels.family in FAMILY_AGREES:
        return True
    named = levels.identifier in _IDENTIFIER_AGREES or levels.reference in _REFERENCE_AGREES
    return named and (given or birth)


def _is_numbered_apart(levels: Levels) -> bool:
    """A number that differs, and neither address nor absence agrees: one name and birthday are met by chance."""
    if levels.identifier is not Official.DIFFERENT or levels.household in ONE_HOUSEHOLD:
        return False
    return levels.reported is not Reported.TOGETHER or levels.family not in FAMILY_AGREES


def _is_of_that_house(levels: Levels) -> bool:
    """Family name and household agree, and no birth is against it."""
    return levels.family in FAMILY_AGREES and levels.household in ONE_HOUSEHOLD and levels.birth in _UNDATED


def _is_of_another_family(levels: Levels) -> bool:
    """Another family name, and no household that agrees: two strangers have one given name and birthday by chance. That
    they go missing within the same hours as well is no such chance, nor in the same days where nothing is known of a
    house.
    """
    if levels.reported is Reported.TOGETHER:
        return False
    if levels.household is Household.UNKNOWN and levels.reported is Reported.NEAR:
        return False
    return levels.family in _OTHER_FAMILY and levels.household not in ONE_HOUSEHOLD


def _is_that_name(levels: Levels, *, at_home: bool) -> bool:
    """Where no day of birth is known on one side, or the year is a slip: the name, and what stands in the day's place.

    The whole name and the year, if no address speaks against it; a name, the year and the address, if no family name
    does; or the whole name, the sex and the address, and then the year may be near, a slip, or not known at all, or the
    day some weeks off.
    """
    if levels.given not in GIVEN_AGREES or levels.identifier is Official.DIFFERENT:
        return False
    whole = levels.family in FAMILY_AGREES or levels.family is Family.MOVED
    if levels.birth in _YEAR_AGREES:
        return at_home or (whole and levels.given in _SAME_GIVEN and levels.household is not Household.DIFFERENT)
    return whole and at_home and levels.sex is Sex.SAME and levels.birth in _NEXT_TO_NO_BIRTH


def _is_of_that_absence(levels: Levels, *, at_home: bool) -> bool:
    """The name, at the very time that the child was reported missing: what agencies say of one absence. Brothers and
    sisters go along, and differ in the name; that a namesake goes missing within the same hours is chance.
    """
    if levels.reported is not Reported.TOGETHER or levels.identifier is Official.DIFFERENT:
        return False
    whole = levels.family in FAMILY_AGREES or levels.family is Family.MOVED
    return levels.given in GIVEN_AGREES and (whole or at_home) and levels.birth in _NO_OTHER_BIRTH


def _is_filed_after_another(levels: Levels) -> bool:
    """Another family name, but one given name in one family's home, and one absence of which two agencies tell: where a
    child bears the father's name and the grandfather's, one agency files the one and the next the other.
    """
    if levels.reported is not Reported.TOGETHER or levels.sender is Sender.SAME:
        return False
    if levels.identifier is Official.DIFFERENT or levels.birth not in _YEAR_AGREES | _NEXT_TO_NO_BIRTH:
        return False
    return levels.given in _SAME_GIVEN and levels.household in ONE_HOUSEHOLD


def is_namesake_alone(levels: Levels) -> bool:
    """Nothing but names agree, beside a birth in another year: no address, and no time, for the two were reported on
    different days. Next to nobody of these is the same child.
    """
    apart = levels.birth is Birth.DIFFERENT and levels.reported is Reported.APART
    return apart and levels.household not in ONE_HOUSEHOLD


def is_name_and_year_alone(levels: Levels) -> bool:
    """Nothing but the name and the year of birth: enough for a name that is not common."""
    named = levels.identifier in _IDENTIFIER_AGREES or levels.reference in _REFERENCE_AGREES
    elsewhere = levels.household not in ONE_HOUSEHOLD and levels.reported is not Reported.TOGETHER
    return levels.birth in _YEAR_AGREES and elsewhere and not named


def may_be_a_twin(levels: Levels) -> bool:
    """The birthday agrees and the given name does not, or is a middle name beside no reference: a number may be the
    other twin's, put on the wrong record.
    """
    if levels.given is Given.SUBSET and levels.reference in _REFERENCE_AGREES:
        return False
    return levels.given in _OTHER_GIVEN | {Given.SUBSET} and levels.birth in BIRTH_AGREES


def is_named_better(levels: Levels, best: Levels) -> bool:
    """The given name is that of this child rather than of the likeliest one, and the two may be of one family:
    the same birthday, or the same household.
    """
    if best.given is Given.SUBSET:
        return levels.given in _SAME_GIVEN and (levels.birth in BIRTH_AGREES or levels.household in ONE_HOUSEHOLD)
    if best.given in _OTHER_GIVEN:
        return levels.given in GIVEN_AGREES and (levels.birth in BIRTH_AGREES or levels.household in ONE_HOUSEHOLD)
    return best.given in ALIKE_GIVEN and levels.given is Given.SAME and levels.birth in BIRTH_AGREES


def may_be_its_twin(levels: Levels, best: Levels) -> bool:
    """The day of birth agrees, or no day is known and this child fits as well as the likeliest; and the household, or
    the family name where no household speaks against it.
    """
    as_undated = levels.birth is best.birth and levels.birth in _UNDATED
    if levels.birth not in _BORN_TOGETHER and not as_undated:
        return False
    at_home = levels.household in ONE_HOUSEHOLD
    return at_home or (levels.family in FAMILY_AGREES and levels.household is not Household.DIFFERENT)


def is_told_from(levels: Levels, twin: Levels) -> bool:
    """Whether a report is surely of the child of these levels and not of its twin, who is known: by its number or
    reference and its name; or by the given name itself, where the twin has another one, or by another form of it, where
    the twin's is no way like it, and neither sex nor number is rather the twin's.
    """
    points, points_at_twin = points_at_one_child(levels), points_at_one_child(twin)
    is_rather_the_twins = levels.given is Given.SUBSET and twin.given in GIVEN_AGREES
    if points and not points_at_twin and levels.given in GIVEN_AGREES and not is_rather_the_twins:
        return True
    if levels.sex in _OTHER_SEX and twin.sex is Sex.SAME:
        return False
    if levels.given in {Given.SAME, Given.VARIANT}:
        return twin.given is Given.DIFFERENT or (twin.given not in GIVEN_AGREES and not points_at_twin)
    return levels.given in GIVEN_AGREES and twin.given is Given.DIFFERENT and not points_at_twin


def is_told_by_number(levels: Levels, twin: Levels) -> bool:
    """Whether a report has the number of the child of these levels where its twin has one of its own, and neither name
    nor sex is rather the twin's: enough only where numbers are hardly ever seen on the wrong record.
    """
    if levels.identifier is not Official.SAME or twin.identifier is not Official.DIFFERENT:
        return False
    if levels.sex in _OTHER_SEX and twin.sex is Sex.SAME:
        return False
    return twin.given in {Given.DIFFERENT, Given.UNKNOWN}


def is_by_name(levels: Levels) -> bool:
    """Given name and date of birth agree, whatever the numbers say."""
    return levels.given in GIVEN_AGREES and levels.birth in BIRTH_AGREES


def points_at_one_child(levels: Levels) -> bool:
    """An identifier or a reference agrees: whatever else disagrees, a person should see the pair."""
    return levels.identifier is Official.SAME or levels.reference in {Quoted.QUOTED, Quoted.SHARED}
