"""What a worker tells Prometheus. Labels are closed vocabularies that do not narrow to a child, a case or a small
place: message type, risk, kind of agency, reason, topic, partition.
"""

from importlib.metadata import version
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Info, start_http_server

LATENCY_BUCKETS: Final = (
    0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75,
    1, 2, 5, 10, 20, 30, 60, 120, 300, 600,
)  # fmt: skip
"""Seconds, 1 ms to 10 minutes."""

DELAY_BUCKETS: Final = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 259200, 604800, 2592000)
"""Seconds, a minute to thirty days."""

STEP_BUCKETS: Final = (
    1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 259200, 604800,
)  # fmt: skip
"""Seconds, one second to a week: the aims of delivery (5 min, 30 min, 4 h) are among them."""

REPORT_TO_INBOX: Final = Histogram(
    "homeward_report_to_inbox_seconds",
    "From a report being appended to inbound, or `DeadlineRaised` by the clock, to its notice being appended to the "
    "recipient's inbox.",
    ("message_type", "risk"),
    buckets=LATENCY_BUCKETS,
)
STEP_SECONDS: Final = Histogram(
    "homeward_step_seconds",
    "From a report being appended to inbound to the end of each step of its way.",
    ("step",),
    buckets=LATENCY_BUCKETS,
)
REPORTING_DELAY: Final = Histogram(
    "homeward_reporting_delay_seconds",
    "From what a report tells of having happened to the hub accepting the report.",
    ("agency_kind",),
    buckets=DELAY_BUCKETS,
)
INTAKE_RESULTS: Final = Counter(
    "homeward_intake_results_total",
    "Messages that intake answered, by outcome and by the reason of a refusal.",
    ("outcome", "reason"),
)
UNKNOWN_HEADERS: Final = Counter(
    "homeward_unknown_headers_total", "Headers of messages that are none of the wire format's, and were left out."
)
CHAIN_GAPS: Final = Gauge(
    "homeward_chain_gaps",
    "Gaps in the numbering of signing keys that have been open for more than a minute, at most for seven days.",
)
CHAIN_FORKS: Final = Counter(
    "homeward_chain_forks_total",
    "Messages that name another one before them than came before them under the same signing key.",
)
CLOCKS_AHEAD: Final = Counter(
    "homeward_clocks_ahead_total",
    "Messages that tell of something as past that lies more than two minutes ahead.",
    ("agency_kind",),
)
IDENTITY_DECISIONS: Final = Counter(
    "homeward_identity_decisions_total", "Decisions on which child a claim belongs to.", ("outcome",)
)
REGISTER_ENTRIES: Final = Gauge(
    "homeward_register_entries", "Episodes in the register of the children this worker holds, by status.", ("status",)
)
DISAGREEMENTS: Final = Gauge(
    "homeward_disagreements",
    "Fields of the children this worker holds on which agencies' claims differ now, by the pair of kinds of agency.",
    ("field", "kinds"),
)
NOTICES: Final = Counter("homeward_notices_total", "Notices written to inboxes.", ("kind", "ask"))
NOTICES_UNSETTLED: Final = Counter(
    "homeward_notices_unsettled_total",
    "Looks at a child that ended while something was still owed, because each round of notices made more owed.",
)
UNROUTABLE: Final = Counter("homeward_unroutable_total", "Accepted records parked because the hub failed on them.")
ERASED: Final = Counter("homeward_erased_events_total", "Events dropped because their child was erased.")
HOLES_READ: Final = Counter("homeward_holes_read_total", "Stretches read from the log that Faust did not deliver.")
UNREADABLE_BATCHES: Final = Counter(
    "homeward_unreadable_batches_total", "Batches that the Kafka client could not decode and that were passed over."
)
WORK_STEPS: Final = Counter(
    "homeward_work_steps_total", "Batches handled, and pieces of longer work: it stands still when the worker does."
)
CHILDREN_BEHIND: Final = Gauge(
    "homeward_children_behind", "Children whose log was read again and who were not looked at since.", ("partition",)
)
POSITION: Final = Gauge("homeward_position", "Offset after the last record handled.", ("topic", "partition"))
END_OF_LOG: Final = Gauge("homeward_end_of_log", "Offset after the last record of the log.", ("topic", "partition"))
CAUGHT_UP: Final = Gauge(
    "homeward_partitions_caught_up",
    "Partitions of a topic that this worker holds and of which it has handled all that their log held when they came.",
    ("topic",),
)
LAG: Final = Gauge(
    "homeward_consumer_lag_records", "Records of a topic that this worker has not handled yet.", ("topic",)
)
NOT_FOLDED: Final = Gauge(
    "homeward_accepted_not_folded", "Accepted records, or events of them, that this worker has still to handle."
)
NOTICE_SECONDS: Final = Histogram(
    "homeward_notice_seconds",
    "From what caused a notice being accepted to the notice being stored for its recipient, fetched, opened, taken.",
    ("step", "risk"),
    buckets=STEP_BUCKETS,
)
DUTIES_OVERDUE: Final = Gauge(
    "homeward_duties_overdue",
    "Duties of the children this worker holds that are overdue now, by duty and by kind of the agency that owes them.",
    ("duty", "agency_kind"),
)
RETURN_INTERVIEWS: Final = Gauge(
    "homeward_return_interviews",
    "Return interviews of the children this worker holds, by how they stand; never read one of them alone.",
    ("what",),
)
DUE_TO_RAISED: Final = Histogram(
    "homeward_due_to_raised_seconds",
    "From the moment at which a duty or a step of a ladder reached a stage to the log holding that it did.",
    buckets=LATENCY_BUCKETS,
)
RAISED: Final = Counter("homeward_raised_total", "Stages of duties and ladders that the clock of this worker raised.")
CLOCK_JUMP: Final = Gauge(
    "homeward_clock_jump_seconds", "By how much the broker's clock seems to have jumped, while it is not believed."
)
STATEMENTS: Final = Counter("homeward_mailbox_statements_total", "Signed statements of what a mailbox holds.")
SENT_AGAIN: Final = Counter(
    "homeward_mail_sent_again_total", "Records of mailboxes sent again under their ids, because nobody had read them."
)
MAILBOXES_SILENT: Final = Gauge(
    "homeward_mailboxes_silent",
    "Mailboxes of connected agencies that nobody has polled for longer than the rules allow.",
    ("agency_kind",),
)
BATCH_SECONDS: Final = Histogram(
    "homeward_batch_seconds", "Time from taking a batch to everything it caused being durable.", buckets=LATENCY_BUCKETS
)
BATCH_RECORDS: Final = Histogram("homeward_batch_records", "Records a batch.", buckets=(1, 2, 4, 8, 16, 32, 64, 512))
BUILD: Final = Info("homeward_build", "Which version of Homeward runs here.")
BUILD_LABELS: Final = ("version", "worker")


def serve(port: int, worker: str) -> None:
    """Serve `/metrics` on the loopback address, from a thread of its own."""
    BUILD.info(dict(zip(BUILD_LABELS, (version("homeward"), worker), strict=True)))
    start_http_server(port, addr="127.0.0.1")
