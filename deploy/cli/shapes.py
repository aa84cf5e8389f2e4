"""What each command prints with `--json`: the keys of its object, in order, and what they hold.

Stable: keys are added, not renamed. A key that ends with `[]` is a list, and what follows it describes one of them; a
key in brackets may be absent. Times are UTC with milliseconds; what is not known is null. Tests hold the commands to
it.
"""

from collections.abc import Mapping
from typing import Final

_RECEIPT: Final = {
    "message_id": "id of the message, as receipts, corrections and cancellations name it",
    "record_type": "name of the message",
    "outcome": "`accepted`, `accepted_with_gaps`, `duplicate`, `rejected`; null: no answer yet, it is in the outbox",
    "left_out[]": "what could not be sent as it was given: `field`, `rule`, `remedy`, `kind`; empty where all could",
    "(accepted_at)": "the broker's time of it; null where it was rejected",
    "(findings[])": "`field`, `rule`, `remedy`, and `kind`: `gap`, `flag` or `fault`",
}
_OWED: Final = (
    "`episode_id`, `reference`, `child` (empty where nobody has opened it), `what`, `duty`, `due_at`, `raw_due_at` "
    "(without pauses), `seconds_left` (negative: late), `is_late`, `desk`, `notice_id`, `acts_for` (the agency for "
    "which you are on duty and it is owed; null where it is your own)"
)
_UNREAD: Final = "for how long no program of the agency has read its mailbox; null while one does"
_OUTLINE: Final = {
    "notice_id": "the same notice or alert always has the same id",
    "reference": "what to say on the telephone; of an alert the id of the message it is about, if one",
    "kind": "`news`, `update` or `withdrawal`; of an alert `message_refused` or `failed_verification`",
    "ask": "`action` or `information`",
    "urgency": "`now`, `soon` or `held_for_day`",
    "desk": "the role or desk that it is for",
    "due_at": "when an action is due",
    "not_before": "of information held for the day: from when it is to be shown; null for what is shown as it comes",
    "appended_at": "when the broker had it for this agency",
}
_LINE: Final = {
    "episode_id": "opaque",
    "status": "in clear: `missing`, `away`, `located_not_returned`, `return_reported`, `closed` or `superseded`; "
    "how it ended, where the grant opens that",
    "sequence": "of two lines of one time of change the higher one is the newer",
    "changed_at": "when what it says last changed; the later one is the newer",
    "is_opened": "whether the grant opens any of it",
    "(child_ref), (person.given_names), (person.family_name), (episode.risk), (last_seen.place)": "best known values, "
    "where the grant opens them",
    "disagreements": "names of the fields on which agencies differ",
}
_PAIR: Final = {
    "pair": "name of the pair",
    "waits_hours": "how long it has waited; null where it does not wait",
    "raised_at": "since when",
    "due_at": "by when somebody should have looked",
    "is_overdue": "whether that is past",
    "probability": "that the two are one child; null where none was computed",
    "agency_a": "whose claim the one is",
    "agency_b": "whose claim the other is",
    "claim_a": "its id",
    "claim_b": "its id",
    "why": "why it waits, in words",
    "comparisons": "what was compared and how it weighed, in words; never a value",
    "reserved_for": "the only agency that may decide it, if so",
}
_KEPT: Final = {
    "id": "of what is kept; the same however often it was written",
    "reason": "the first ground, as the wire format lists them; `hub_fault` where it was parked",
    "is_parked": "whether the hub failed on it; everything else was refused",
    "topic": "it came from",
    "partition": "of it",
    "offset": "there",
    "received_at": "the broker's time of it",
    "claimed_agency": "whose it says it is; not verified",
    "message_id": "the id that its headers claim",
    "first": "of a reused id, where the message that had it first stands: topic/partition/offset",
    "replayed_at": "when it was put through again from here, if so",
    "replayed_by": "who asked for that",
}
_REFUSAL: Final = {
    "file": "the scenario's file",
    "(line), (reason), (nearest)": "where it is refused: the line, why, and the nearest known word",
}

SHAPES: Final[Mapping[str, Mapping[str, str]]] = {
    "homeward agency add": {
        "agency": "its id",
        "name": "what people call it",
        "kind": "`authority`, `police`, …",
        "request": "path of the request to join",
        "delivery": "how it would like to be told: `urgent_by`, `telephone`, `information_at`; null where not stated",
        "words": "six words, to be read out over the telephone",
    },
    "homeward agency approve": {
        "agency": "its id",
        "name": "what people call it",
        "kind": "what it says it is: `authority`, `police`, …",
        "roles[]": "roles that it asks for beyond its kind",
        "areas[]": "codes of the areas that it says it serves",
        "nation": "`england`, `wales`, `scotland`, `northern_ireland`",
        "force": "code of the police force that it would be taken for; null: it is none",
        "words": "the six words of the request",
        "register_of": "codes of the areas whose register it may read, or will once two people have approved this",
        "approved_by": "who approved exactly this, in order",
        "is_member": "whether it is in, also while somebody must still approve this",
        "(profile)": "path of its profile, where its keys are on this machine",
    },
    "homeward agency list": {
        "version": "of the directory",
        "agencies[]": "`agency`, `name`, `kind`, `roles`, `version`, `keys` (how many), `delivery` (`urgent_by`, "
        "`telephone`, `information_at`; null where it stated no preference), `register` (codes of areas), "
        "`mailbox`: null while somebody reads it; else `unread_since`, `was_ever_read`, `ring` (a number), `remedy`",
    },
    "homeward agency revoke": {
        "agency": "its id",
        "name": "what people call it",
        "signing_keys[]": "ids of the signing keys that were revoked",
        "sealing_keys[]": "ids of the sealing keys that were revoked",
        "is_member": "whether it still is in",
        "by": "who revoked",
    },
    "homeward asof": {
        "as_of": "the time",
        "episodes[]": "`episode_id`, `reference`, `child_id`, `status`, `sequence`, `changed_at`; with `--child` also "
        "`fields`, `timeline` and `owed` as `homeward episode show` has them",
    },
    "homeward check": {
        "accepted": "reports on `accepted`",
        "routed": "of these on `events`, and handled by the register",
        "in_flight": "not yet",
        "unroutable": "parked, because the hub failed on them",
        "acknowledgements": "acknowledgements on `accepted`",
        "notices": "notices in inboxes",
        "repeats": "records that stand twice under one id, which every reader drops",
        "lost": "receipts or notices that are in no inbox",
        "visible_duplicates": "what a reader would see twice",
        "unconfirmed": "notices in an inbox whose `Told` is still to come",
        "untold": "reports of a missing child of whom nobody was told; that can be right, see the limits",
        "in_flight_ids": "their ids",
        "lost_ids": "their ids",
        "duplicate_ids": "their ids",
        "unconfirmed_ids": "their ids",
        "untold_ids": "their ids",
        "is_clean": "whether nothing is in flight, lost, doubled or unconfirmed",
    },
    "homeward config show": {
        "file": "the settings file that is looked for",
        "settings[]": "`name`, `value`, `source` (`option`, `environment`, `file` or `default`), `environment`",
    },
    "homeward demo": {
        "accepted": "reports on `accepted`",
        "rejected": "reports that the hub refused",
        "routed": "on `events`, and handled by the register",
        "in_review": "pairs that wait for a person, of those that came up in this run",
        "in_flight": "not handled yet",
        "unroutable": "parked",
        "notices": "notices in inboxes",
        "lost": "receipts or notices that are in no inbox",
        "visible_duplicates": "what a reader would see twice, by ids and by what was opened",
        "episodes": "`open` and `closed`: how many",
        "report_to_inbox_seconds": "`p50`, `p99`, `max`",
        "peak_rss_mib": "`broker`, `registry`, `worker` (the largest)",
        "seconds": "`setup` (downloads, keys), `start` (until the first report can be sent), `run`",
        "clocks": "duties `running`, `late`, `met`; `escalations`, `telephone_tasks`, `telephoned`, `late_interviews`",
    },
    "homeward doctor": {
        "is_well": "whether everything is good; null where nothing is bad, and something was not looked at",
        "not_looked_at": "of what nothing is known: the hub where none runs, what was never made",
        "looks[]": "`what`, `finding` (`good`, `bad`, `ring`: somebody is to be rung, or `not looked at`), `said`, "
        "`remedy` (empty where all is well)",
    },
    "homeward due": {"agency": "its id", "at": "the hub's time", "mailbox_unread_seconds": _UNREAD, "owed[]": _OWED},
    "homeward episode show": {
        "episode_id": "opaque",
        "reference": "what to say on the telephone",
        "at": "the hub's time",
        "status": "as `homeward register show` has it",
        "changed_at": "when what it says last changed",
        "fields": "best known value by name of the field",
        "phases[]": "`kind`, `began_at`, `ended_at`",
        "timeline[]": "`happened_at`, `reported_at`, `known_at`, `who`, `what`",
        "differences": "sentences that say who says what",
        "told[]": "`recipient`, `desk`, `kind`, `told_at`, `means`, `how_far`",
        "owed[]": "`duty`, `owed_by`, `due_at`, `raw_due_at`, `met_at`, `withdrawn_at` (owed no longer since then)",
        "own_messages[]": "messages of your own of which nothing came, because they are about none that the hub knows: "
        "`reference`, `message_id` (null until somebody has opened the notice), `said`, `told_at`, `due_at`",
        "not_open": "classes that the grant does not open",
    },
    "homeward handover": {
        "agency": "its id",
        "since": "beginning of the shift",
        "until": "the hub's time",
        "mailbox_unread_seconds": _UNREAD,
        "still_missing": "how many absences go on",
        "new[]": "`episode_id`, `reference`, `child`, `state`, `risk`, `changed_at`, `is_open`",
        "owed[]": _OWED,
        "taken_by_nobody[]": "`notice_id`, `reference`, `desk`, `due_at`",
        "ring[]": "`whom`, `why`, `telephone`, `reference`, `episode_id`",
    },
    "homeward import": {
        "chosen": "rows that were chosen",
        "published_before": "of these, published by an earlier run",
        "said_twice": "of these, word for word as an earlier row of the file",
        "in_the_future": "of these, not sent, because their start or end lies ahead",
        "not_read_whole": "of these, not sent, because their end or type could not be read",
        "missing_now": "of those to be sent, the rows without an end: the child counts as missing now",
        "risk_left_out": "grades of risk that are not sent, because only police set them",
        "reports": "reports that the others make",
        "sent": "reports that were sent",
        "bad_rows": "rows that could not be used",
    },
    "homeward inbox list": {**_OUTLINE, "(what_happened), (asked_of_you), (count), (findings[])": "of an alert"},
    "homeward inbox watch": {
        **_OUTLINE,
        "(count), (findings[])": "of an alert: how many messages it is about, and what was wrong",
        "(episode_id), (what_happened), (asked_of_you), (police_position)": "with `--role`, or of an alert, in words",
        "(fields), (withdrawn_fields)": "with `--role`: what you may know, by name; names of what no longer holds",
    },
    "homeward late": {"agency": "its id", "at": "the hub's time", "mailbox_unread_seconds": _UNREAD, "owed[]": _OWED},
    "homeward linkage evaluate": {
        "(…)": "figures of quality, where the truth is known, and of speed",
        "decisions": "`a_second`, `p50_ms`, `p99_ms`",
        "weights": "`version`, `digest`",
        "input": "`faults`, `rows_not_used`, `by_problem`",
        "faults": "the first faults of the file, in words",
    },
    "homeward linkage explain": {
        "outcome": "what would be decided",
        "probability": "that the two are one child",
        "cautious_probability": "the same if it had a brother or sister: by this a link is judged",
        "link_from": "from this probability on they are linked without a person",
        "review_from": "from this probability on a person is asked",
        "personal_evidence": "whether something personal agrees, without which nothing is joined",
        "prior_bits": "what speaks against before anything is compared",
        "bits": "the sum of what was compared",
        "sibling_bits": "the same, if they were siblings",
        "namesake_bits": "the same, if they were relatives of one name",
        "comparisons[]": "`comparison`, `level`, `bits`, `sibling_bits`, `namesake_bits`, `note`",
        "weights": "digest of the weights",
    },
    "homeward linkage generate": {
        "reports": "how many",
        "records": "path of the reports",
        "truth": "path of the truth",
        "errors": "which kinds of errors",
        "seed": "the seed",
    },
    "homeward linkage train": {
        "out": "path of the weights",
        "version": "what they call themselves",
        "digest": "of the file",
        "provenance": "what they were counted on",
        "bits": "by comparison and level: one child, siblings, namesakes",
        "(splink[])": "`comparison`, `level`, `bits`, as Splink estimates them",
    },
    "homeward outbox give-up": {"message_id": "of the message", "became": "`given up`"},
    "homeward outbox send-again": {"message_id": "the old id of the message", "became": "`sent again`"},
    "homeward outbox show": {
        "waiting": "messages that the hub has not answered",
        "is_connected": "whether the hub can be reached",
        "refused[]": "`message_id`, `record_type`, `made_at`, `findings` (each `field`, `rule`, `remedy`)",
    },
    "homeward quarantine list": {
        "refused": "how many were refused",
        "parked": "how many the hub failed on",
        "records[]": f"{', '.join(f'`{key}`' for key in _KEPT)}",
    },
    "homeward quarantine replay": {
        "by": "who asked for it",
        "replayed[]": "`id`, and where it stands now: `topic`, `partition`, `offset`",
    },
    "homeward quarantine show": {
        **_KEPT,
        "is_whole": "whether headers, key and value are kept uncut; null where that was not noted",
        "value_bytes": "length of its value",
        "value_sha256": "digest of its value",
        "findings[]": "`field`, `rule`, `remedy`, `kind`",
        "headers[]": "`name`, `value`, as they came",
    },
    "homeward reconcile": {
        "(…)": "how many rows agree, differ, are theirs only or ours only",
        "compared": "rows compared",
        "differences": "how many, by field",
        "median_minutes_apart": "by field",
        "bad_rows": "rows that could not be used",
        "bad_values": "values that could not be used",
        "not_opened": "episodes of the register that the grant does not open",
        "written": "paths of the report",
    },
    "homeward register agreement": {
        "days": "how far back",
        "pairs[]": "`agencies`, `kinds`, `score`, `interval`, `compared`, `agreeing`, `absences`, `differing`",
    },
    "homeward register show": {
        "(behind)": "records up to the end of the register that are not in what is shown",
        "(episodes[])": "one each, as `homeward register watch` prints them",
        "(…)": "with EPISODE one such object instead, and `fields`: best known value by name",
    },
    "homeward register watch": _LINE,
    **{f"homeward report {verb}": _RECEIPT for verb in ("cancel", "correct", "found", "missing", "returned", "risk")},
    "homeward review decide": {
        "pair": "name of the pair",
        "claim_a": "one of its two records; `CLAIM+CLAIM` names the pair in every later command",
        "claim_b": "the other one",
        "decision": "the word",
        "message_id": "of the signed decision",
        "waiting": "pairs that wait now",
    },
    "homeward review list": {"waiting[]": "; ".join(f"`{name}`: {what}" for name, what in _PAIR.items())},
    "homeward review pairs": {
        "children": "1; 2 with a second EPISODE",
        "records[]": "`claim`, `agency`, `reference`, `since`, `pair`: the one by which a split takes it away",
        "pairs[]": "as `homeward review list` has them",
    },
    "homeward review show": {
        **_PAIR,
        "fields[]": "`field`, `a`, `b`, `differs`: what the grant opens of the two sides",
    },
    "homeward rules check": {
        "rules": "what was checked",
        "outcome": "`good` or `refused`",
        "version": "of the set; null where it is refused",
        "(file), (line), (reason), (nearest)": "where it is refused: the table, the line, why, the nearest known word",
    },
    "homeward rules diff": {
        "old": "version",
        "new": "version",
        "absences": "how many were tried",
        "changes[]": "`what`, `source`, `episode`, `who`, `desk`, `fields` (each `name`, `class`), `asks`, `rows`, "
        "`duty`, `due`, `due_before`",
    },
    "homeward scenario explain": {
        **_REFUSAL,
        "(outcome)": "`refused`, where it is: then there is nothing else",
        "scenario": "its title; null where it is refused",
        "timeline[]": "`at`, `what`, `child`, `text`, `line`",
        "register": "what it holds at the end, in words",
        "owed[]": "`at`, `what`, `child`, `text`, `line`",
    },
    "homeward scenario run": {
        **_REFUSAL,
        "outcome": "`as expected`, `differs` or `refused`",
        "(scenario)": "its title",
        "(checks)": "how many expectations were looked at",
        "(differences[])": "`line`, `at`, `what`, `expected`, `found`, `why`",
    },
    "homeward up": {
        "home": "folder of the hub",
        "broker": "address",
        "registry": "address",
        "metrics": "address of each process's metrics, by its name",
        "seconds": "from the command until everything was ready, the registry included",
    },
}

STREAMS: Final = frozenset(
    {"homeward inbox list", "homeward inbox watch", "homeward register watch", "homeward scenario run"}
)
"""Commands that print one object a line."""


def faults(name: str, printed: Mapping[str, object]) -> list[str]:
    """How the object that a command printed differs from its shape; nothing where it keeps to it."""
    shape = SHAPES[name]
    needed = {key.removesuffix("[]") for key in shape if not key.startswith("(")}
    optional = {part.strip("() ").removesuffix("[]") for key in shape if key.startswith("(") for part in key.split(",")}
    is_open = "…" in optional
    missing = [f"{key} is missing" for key in sorted(needed - printed.keys())]
    strange = [] if is_open else [f"{key} is not documented" for key in sorted(printed.keys() - needed - optional)]
    lists = {key.strip("()").removesuffix("[]"): said for key, said in shape.items() if key.strip("()").endswith("[]")}
    return missing + strange + [fault for key, said in lists.items() for fault in _row_faults(key, said, printed)]


def _row_faults(key: str, said: str, printed: Mapping[str, object]) -> list[str]:
    """Keys of the rows of one list that its words do not name; none where they refer to another command."""
    rows = printed.get(key)
    if "`homeward " in said or not isinstance(rows, list):
        return []
    found = {name for row in rows if isinstance(row, Mapping) for name in row}
    return [f"{key}[].{name} is not documented" for name in sorted(found) if f"`{name}`" not in said]
