"""Register entries and the keys to them, as records to publish: only what differs from what was published last.

An entry is a function of the child's events; its key id is random, one per episode and version, from the keyring. The
version rises when the episode came to another child or stands by itself again, or when somebody lost a grant or a
class of it. Wraps go out before the entry that needs them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from hub.deadlines import Deadline
from hub.delivery import DeliveryRules, Proof, calls, proofs
from hub.directory import Directory
from hub.entry.course import course
from hub.entry.key_wraps import openable, record_key, sealing_keys, wraps
from hub.entry.register_entry import STATUS_IN_CLEAR, seal_entry, superseded_entry
from hub.entry.view import EpisodeView
from hub.episode.model import ChildState, Episode
from hub.ids import EpisodeId, KeyId, NoticeId, derived_id, episode_id
from hub.messages import WireMessage, compose_from_hub
from hub.reference import packaged_reference
from hub.routing.case import case_of
from hub.routing.entitlement import shut_out
from hub.routing.recipients import Recipients
from schemas.codec import SchemaIds
from schemas.records import EpisodeStatus, KeyWrap, RegisterEntry
from streams.entry_marks import EntryMarks
from streams.publications import NOTHING, Ids, Publication, Published, entry_id, superseded_mark, wrap_id
from streams.secrets import HubSecrets
from streams.what_stands import StandingWrap

_REGISTER = "register"
_KEYS = "register.keys"


class Standing(Protocol):
    """What stands on the broker, for a store that lost what it noted."""

    def entry(self, episode: EpisodeId) -> str | None:
        """The id of the entry of an episode that stands last, or None."""

    def wraps(self, key: KeyId) -> Mapping[str, StandingWrap]:
        """What each subscriber was given under a key."""


class EntryPublisher:
    """Computes publications, and notes in `marks` those that are out."""

    def __init__(self, marks: EntryMarks, stands: Standing, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._marks = marks
        self._stands = stands
        self._secrets = secrets
        self._ids = ids

    def publication(
        self,
        state: ChildState,
        directory: Directory,
        as_of: datetime,
        views: Mapping[EpisodeId, EpisodeView],
        deadlines: Sequence[Deadline] = (),
        *,
        proved: Mapping[NoticeId, Proof] | None = None,
        delivery_rules: DeliveryRules | None = None,
        is_whole: bool = True,
    ) -> Publication:
        """What has to be published for this state. Nothing, if it says what was published last.

        `as_of` is the time of the directory's newest record: a grant that began after the episode last changed counts.
        `deadlines` are those of the state, `proved` its proofs where the caller has them. Without `is_whole` no record
        is made, only their ids and the marks.
        """
        out = NOTHING
        how_far = tuple((proofs(state, directory) if proved is None else proved).values())
        to_ring = calls(state)
        for episode in filter(state.is_whole, state.episodes):
            seen = views[episode.id]
            its = course(
                state, seen.facts, seen.claims, deadlines=deadlines, proofs=how_far, calls=to_ring,
                delivery_rules=delivery_rules,
            )  # fmt: skip
            looked_at = replace(seen, course=its)
            out = out.and_also(self._of_episode(state, episode, directory, as_of, looked_at, is_whole=is_whole))
        return out.and_also(self._superseded(state, is_whole=is_whole)).and_also(self._gone(state))

    def note(self, publication: Publication) -> None:
        """The broker has it: remember what was published."""
        self._marks.note(publication)

    def has_published_any(self, publication: Publication) -> bool:
        """Whether anything is noted of an episode of this publication: it was then made without knowing that."""
        return self._marks.has_any(publication)

    def stands(self, publication: Publication) -> bool:
        """Whether all of this stands on the broker, and no subscriber has anything besides."""
        return all(
            self._stands.entry(episode) == ids.entry
            and {agency: wrap.id for agency, wrap in self._stands.wraps(ids.key).items()} == ids.wraps
            for episode, ids in publication.ids.items()
        )

    def stands_nowhere(self, publication: Publication) -> bool:
        """Whether nothing of any episode of this stands there."""
        return not any(
            self._stands.entry(episode) is not None or self._stands.wraps(ids.key)
            for episode, ids in publication.ids.items()
        )

    def _of_episode(
        self,
        state: ChildState,
        episode: Episode,
        directory: Directory,
        as_of: datetime,
        seen: EpisodeView,
        *,
        is_whole: bool,
    ) -> Publication:
        before = self._marks.published(episode.id)
        version, key_id = self._key(state, episode, before)
        if before is not None and not before.is_under(key_id):
            before = None  # it was another child's, or part of another episode, meanwhile: nobody was given this key
        made_of = f"{episode.sequence}/{episode.changed_at.isoformat()}/{seen.course.digest}{_exclusions(state)}"
        mark = f"{made_of}/{key_id}"
        if before is not None and (before.mark, before.directory) == (mark, directory.version):
            return NOTHING
        when = max(episode.changed_at, as_of)
        case = case_of(state, episode, seen)
        allowed = openable(seen, directory, when, shut_out(case, Recipients(case, directory, packaged_reference())))
        named = {str(agency): sorted(each.value for each in classes) for agency, classes in allowed.items()}
        keys = sealing_keys(directory, allowed.keys(), when)
        sealed_to = {str(agency): key.key_id for agency, key in keys.items()}
        if before is None:
            before = self._standing(episode, key_id, mark, sealed_to)
        if before is not None and before.has_lost(named):
            key_id = self._secrets.keyring.new_version(episode.id, version + 1, state.child)
            mark = f"{made_of}/{key_id}"
            before = None
        fresh = {
            agency: classes
            for agency, classes in allowed.items()
            if before is None
            or before.allowed.get(agency) != named[agency]
            or before.sealed_to.get(agency) != sealed_to.get(agency)
        }
        ids = Ids(
            entry=entry_id(episode.id, episode.changed_at, key_id, mark),
            key=key_id,
            wraps={agency: wrap_id(key_id, agency, named[agency], to) for agency, to in sealed_to.items()},
        )
        wrapped: tuple[WireMessage, ...] = ()
        entries: tuple[WireMessage, ...] = ()
        if is_whole:
            child_key = self._secrets.keyring.key_for(state.child)
            wrapped = tuple(
                self._wrap_record(wrap, ids.wraps[wrap.subscriber], episode.changed_at)
                for wrap in wraps(episode.id, key_id, child_key, fresh, keys)
            )
            if before is None or before.mark != mark:
                entries = (self._entry_record(seal_entry(seen, child_key, key_id, self._ids), ids.entry),)
        published = Published(
            mark=mark,
            directory=directory.version,
            status=STATUS_IN_CLEAR.get(seen.facts.status, EpisodeStatus.CLOSED).value,
            disagreements=tuple(
                f"{found.field} {one}+{two}" for found in seen.disagreements for one, two in found.kinds
            ),
            allowed=named,
            sealed_to=sealed_to,
            child=state.child,
        )
        return Publication(wrapped, entries, {episode.id: published}, {episode.id: ids})

    def _standing(self, episode: Episode, key_id: KeyId, mark: str, sealed_to: Mapping[str, str]) -> Published | None:
        """What was published last, as far as the broker tells it; None where nothing stands there."""
        entry, given = self._stands.entry(episode.id), self._stands.wraps(key_id)
        if entry is None and not given:
            return None
        return Published(
            mark=mark if entry == entry_id(episode.id, episode.changed_at, key_id, mark) else "",
            directory=0,
            status="",
            disagreements=(),
            allowed={agency: list(wrap.classes) for agency, wrap in given.items()},
            sealed_to={
                agency: to
                for agency, to in sealed_to.items()
                if agency in given and given[agency].id == wrap_id(key_id, agency, given[agency].classes, to)
            },
            child=episode.child,
        )

    def _wrap_record(self, wrap: KeyWrap, message_id: str, at: datetime) -> WireMessage:
        return compose_from_hub(
            wrap,
            topic=_KEYS,
            key=record_key(wrap),
            message_id=message_id,
            time=at,
            worker=self._secrets.worker,
            ids=self._ids,
        )

    def _superseded(self, state: ChildState, *, is_whole: bool) -> Publication:
        out = NOTHING
        decisions = sum(
            owner.number - 1 for owner in state.claims.values()
        )  # joined, parted and joined again: once more
        for old, new in state.superseded.items():
            survivor = state.episode(new)
            before = self._marks.published(old)
            mark = superseded_mark(new, decisions)
            was_published = before is not None or self._secrets.keyring.latest_version(old) is not None
            if (
                survivor is None
                or not state.is_whole(survivor)
                or not was_published
                or (before is not None and before.mark == mark)
            ):
                continue
            entry = superseded_entry(
                episode=old,
                by=new,
                nation=survivor.nation,
                sequence=survivor.sequence,
                changed_at=survivor.changed_at,
                key_id=KeyId(derived_id(old, "superseded", new)),
            )
            published = Published(
                mark=mark, directory=0, status=entry.status.value, disagreements=(), allowed={}, sealed_to={},
                child=state.child,
            )  # fmt: skip
            name = entry_id(old, survivor.changed_at, KeyId(entry.key_id), mark)
            stands = before is None and self._stands.entry(old) == name
            entries = (self._entry_record(entry, name),) if is_whole and not stands else ()
            out = out.and_also(Publication((), entries, {old: published}, {old: Ids(name, KeyId(entry.key_id), {})}))
        return out

    def _gone(self, state: ChildState) -> Publication:
        """Of episodes that were this child's and are another's now: the mark that says so, and no record."""
        gone: dict[EpisodeId, Published] = {}
        for departure in () if state.is_half_decided else state.departures:
            before = self._marks.published(episode := episode_id(departure.event.id, departure.event.sender))
            if before is None or before.is_gone or before.child != state.child or state.episode(episode) is not None:
                continue
            gone[episode] = before.gone()
        return Publication((), (), gone, {})

    def _entry_record(self, entry: RegisterEntry, message_id: str) -> WireMessage:
        return compose_from_hub(
            entry,
            topic=_REGISTER,
            key=entry.episode_id.encode(),
            message_id=message_id,
            time=entry.changed_at,
            worker=self._secrets.worker,
            ids=self._ids,
        )

    def _key(self, state: ChildState, episode: Episode, before: Published | None) -> tuple[int, KeyId]:
        """Version and key id in use; a new version if the episode was another child's, or part of another episode,
        before: the mark names no key then, or another one, and who was given the last one is not known.
        """
        was_moved = any(owner.number > 1 for owner in state.claims.values())
        latest = self._secrets.keyring.latest_version(episode.id, is_fresh=was_moved)
        if latest is not None and latest.child == state.child and (before is None or before.is_under(latest.key_id)):
            return latest.version, latest.key_id
        version = 1 if latest is None else latest.version + 1
        return version, self._secrets.keyring.new_version(episode.id, version, state.child)


def _exclusions(state: ChildState) -> str:
    """A stand-in for every exclusion about the child as it stands; empty for nearly every child."""
    if not state.exclusions:
        return ""
    stand = state.standing_exclusions
    standing = "".join(f"{each.event}/{None if each in stand else each.lifted_by}" for each in state.exclusions)
    return f"/x{sha256(standing.encode()).hexdigest()[:16]}"
