"""Where the time of a report goes, step by step: by the broker's append times of what carries its id, from outside.

A report is appended to `inbound`, then under the same id to `accepted` and to `events`, then its notices to inboxes,
which the reader reads. What lies between two of these is one worker, with its fetch and its wait for the broker.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from deploy.bench.agencies import RECIPIENTS
from deploy.bench.judge import spread
from deploy.bench.mailboxes import Read
from deploy.book_entry import Entry

STEPS: Final = ("intake", "identity", "register", "reader")
_NOTICE: Final = "Notice"


def steps(
    appended: Mapping[str, float], accepted: Iterable[Entry], events: Iterable[Entry], reads: Sequence[Read]
) -> dict[str, dict[str, float]]:
    """Spread of each step in seconds; `appended` is the time on `inbound` by message id.

    A repeat on a topic (a worker that was killed) counts by its first append.
    """
    on_accepted, on_events = _first(accepted, appended), _first(events, appended)
    mailboxes = {f"inbox.{agency}" for agency in RECIPIENTS}
    notices = [
        read for read in reads if read.record_type == _NOTICE and read.mailbox in mailboxes and read.cause in on_events
    ]
    took = {
        "intake": [at - appended[name] for name, at in on_accepted.items()],
        "identity": [at - on_accepted[name] for name, at in on_events.items() if name in on_accepted],
        "register": [notice.appended - on_events[notice.cause] for notice in notices],
        "reader": [notice.read - notice.appended for notice in notices],
    }
    return {step: spread(sorted(took[step])) for step in STEPS}


def _first(entries: Iterable[Entry], wanted: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for entry in entries:
        if entry.id in wanted:
            found.setdefault(entry.id, entry.at / 1000)
    return found
