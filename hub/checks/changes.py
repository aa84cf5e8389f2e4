"""Changes of single fields that change nothing: their path leads nowhere, or their text is no value of the field.

A correction that does nothing looks to its sender like one that was made, so it is asked for again.
"""

from collections.abc import Iterator

from hub.episode.field_paths import fault_in
from schemas.records import AgencyMessage, CorrectionMade, Finding, FindingKind, MissingAmended


def change_findings(record: AgencyMessage) -> Iterator[Finding]:
    """What is asked for again, change by change."""
    if not isinstance(record, (CorrectionMade, MissingAmended)):
        return
    for index, change in enumerate(record.changes):
        fault = fault_in(change, type(record))
        if fault is None:
            continue
        where = f"changes[{index}].{'field' if fault.of_path else 'new'}"
        remedy = f"{fault.remedy}, and send the correction again under a new id; until then it changes nothing"
        yield Finding(field=where, rule=fault.rule, remedy=remedy, kind=FindingKind.GAP)
