"""`homeward agency`: one asks to join, two people let it in, one shuts it out, everybody can see who is there."""

import asyncio
import re
import shlex
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from deploy import agencies, directory, revoking, silence
from deploy.agencies import NEEDED, Approval, Joining
from deploy.agency_profile import PROFILE
from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.cli.telephones import check_telephone
from deploy.home import Home
from deploy.identities import Identity, identity_of, kinds, named
from deploy.joining import REQUEST, ask_anew, make_keys
from deploy.revoking import Revocation
from deploy.silence import SilentMailbox
from hub.directory import Directory
from hub.ids import HUB, AgencyId
from producers import OutboxInUse, Publisher
from schemas.errors import HomewardError
from schemas.records import AgencyKind, DeliveryPreferences, DeliveryWay, DirectoryEntry

app = noun(help="Agencies: join, approve, revoke, list.")

_HOUR: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class AlreadyAsked(HomewardError):
    """The agency has made its keys and its request already."""


@command(
    app,
    "add",
    examples=(
        "homeward agency add E08000005",
        'homeward agency add moss-bank --name "Moss Bank children\'s home" --kind placement --area E08000005',
    ),
)
def add(  # noqa: PLR0913 - one argument an option
    invocation: Invocation,
    agency_id: Annotated[str, typer.Argument(help="Official code of a council or police force, or an id of your own.")],
    *,
    name: Annotated[str | None, typer.Option(help="What people call it; known already for official codes.")] = None,
    kind: Annotated[
        AgencyKind | None,
        typer.Option(metavar="KIND", help=f"What it is, known already for official codes: {kinds()}."),
    ] = None,
    area: Annotated[list[str] | None, typer.Option(help="Code of an area it serves; may be repeated.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role beyond its kind, such as exploitation_team.")] = None,
    urgent_by: Annotated[
        DeliveryWay | None,
        typer.Option(metavar="WAY", help="How it would be told of something urgent: inbox, telephone."),
    ] = None,
    telephone: Annotated[
        str | None,
        typer.Option(help="Number of a desk to ring when nobody opens a notice, and to call back on its reports."),
    ] = None,
    information_at: Annotated[str | None, typer.Option(help="When it wants what can wait: 08:00, local time.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the agency's keys are kept; they never leave it.")] = None,
) -> None:
    """Make an agency's keys and profile on this machine, and a request to join that two people must approve.

    Again with a further --role, or with other preferences of delivery, the same keys ask for that.
    """
    delivery = preferences(urgent_by, telephone, information_at)
    folder = folder or invocation.home().agencies / agency_id
    if (folder / REQUEST).exists():
        asked = ask_anew(folder, role or (), delivery)
        if asked is None:
            message = (
                f"{agency_id} has its keys in {folder}; next: {_approving(invocation, folder, agency_id)} --by NAME"
            )
            raise AlreadyAsked(message)
        request = asked
    else:
        roles = tuple(role or ())
        identity = identity_of(agency_id, name=name, kind=kind, areas=tuple(area or ()), roles=roles)
        request = make_keys(folder, replace(identity, delivery=delivery))
    identity = request.identity
    invocation.show(
        {
            "agency": agency_id,
            "name": identity.name,
            "kind": identity.kind,
            "request": folder / REQUEST,
            "delivery": _delivery(identity.delivery),
            "words": request.words,
        }
    )
    approving = _approving(invocation, folder, agency_id)
    invocation.say(
        f"The private keys stay in {folder}.\n"
        "Next: two people at the hub approve the request, each after hearing these words on the telephone:\n"
        f'  {approving} --by "FIRST PERSON"\n'
        f'  {approving} --by "SECOND PERSON"'
    )


@command(
    app,
    "approve",
    examples=(
        'homeward agency approve E08000005 --by "A. Okafor" --register-area E08000005',
        'homeward agency approve request.json --by "J. Hughes"',
    ),
)
def approve(
    invocation: Invocation,
    agency: Annotated[str, typer.Argument(help="Agency that asked on this machine, or the path of its request.json.")],
    *,
    by: Annotated[
        str | None,
        typer.Option(help="Who approves; two different people must. Without it: shown is who asks, nothing approved."),
    ] = None,
    register_area: Annotated[
        list[str] | None,
        typer.Option(
            help="Grant it the register of this area (code); may be repeated. Without it, what was approved before."
        ),
    ] = None,
) -> None:
    """Approve a request to join; the second approval, by somebody else, lets the agency in at once.

    Both approve the same: the keys, what the agency says it is, and the areas whose register it may read. Other areas
    are a new proposal. Without --by the request is shown, and nobody has approved anything.
    """
    home = invocation.home()
    request, folder = agencies.found_request(home, agency)
    identity = request.identity
    running = home.running()
    approving = f"homeward agency approve {shlex.quote(agency)}{invocation.same_home}"
    areas = tuple(register_area or ())
    approval = agencies.standing(home, request, areas) if by is None else agencies.approval_by(home, request, by, areas)
    if by is None or not approval.is_complete:
        known = asyncio.run(directory.read_directory(home, running.bootstrap, home.schema_ids()))
        before = known.agency(AgencyId(identity.agency_id))
        agencies.check_not_revoked(request, before)
        _show(invocation, _standing(approval, identity, before))
        if by is None:
            invocation.say(f'nobody has approved anything by this; to approve: {approving} --by "YOUR NAME"')
            return
        agencies.keep_approval(home, approval)
        still = f"{identity.name} is a member already, and stays as it is until then. " if _is_in(before) else ""
        invocation.say(
            f"{len(approval.by)} of {NEEDED} approvals. {still}Read the words back to the agency over the telephone; "
            f'then\nsomebody else: {approving} --by "SECOND PERSON"'
        )
        return
    invocation.say(f"letting in {identity.name} ({identity.agency_id}): {claimed(identity)}")
    joining = Joining(request=request, folder=folder, grant_areas=approval.areas)
    joined = asyncio.run(agencies.join(home, running, [joining], home.schema_ids()))
    agencies.keep_approval(home, approval)
    profile = folder / PROFILE
    if profile.exists():
        asyncio.run(_first_contact(profile))
    shown = _standing(approval, identity, joined.agency(AgencyId(identity.agency_id)))
    _show(invocation, {**shown, "profile": profile if profile.exists() else None})
    is_here = profile == home.agencies / identity.agency_id / PROFILE
    invocation.say(f"{identity.name} is a member: in the directory, with an inbox and a certificate (90 days).")
    if profile.exists():
        acting_for = identity.agency_id if is_here else shlex.quote(str(profile.absolute()))
        invocation.say(f"Next: homeward report missing --profile {acting_for}{invocation.same_home} --help")
    else:
        invocation.say(
            f"Next: {identity.agency_id}.crt and ca.crt go to the agency, beside its keys: {folder.absolute()}"
        )


def _approving(invocation: Invocation, folder: Path, agency_id: str) -> str:
    """The command that approves the request in this folder, from wherever it is given."""
    is_here = folder.absolute() == (invocation.home().agencies / agency_id).absolute()
    request = agency_id if is_here else str(folder.absolute() / REQUEST)
    return f"homeward agency approve {shlex.quote(request)}{invocation.same_home}"


def claimed(identity: Identity) -> str:
    """What an agency says it is, in words, with the police force that it would be taken for."""
    force = "no police force" if identity.force is None else f"the police force {named(identity.force)}"
    return (
        f"{identity.kind} in {identity.nation.replace('_', ' ').title()}, "
        f"roles {', '.join(identity.roles) or 'none'}, areas {', '.join(map(named, identity.areas)) or 'none'}; "
        f"taken for {force}"
    )


def _show(invocation: Invocation, shown: dict[str, object]) -> None:
    """Codes alone with `--json`; beside them what they mean where a person reads, who would not know a wrong one."""
    if not invocation.is_json:
        areas, force = shown["areas"], shown["force"]
        shown["areas"] = list(map(named, areas)) if isinstance(areas, list) else areas
        shown["force"] = "none" if force is None else f"taken for {named(str(force))}"
    invocation.show(shown)


def _standing(approval: Approval, identity: Identity, entry: DirectoryEntry | None) -> dict[str, object]:
    """What an agency asks to be, and how it stands by its entry in the directory; an approval that names no areas
    leaves its grant as it is.
    """
    return {
        "agency": approval.agency_id,
        "name": identity.name,
        "kind": identity.kind,
        "roles": list(identity.roles),
        "areas": list(identity.areas),
        "nation": identity.nation,
        "force": identity.force,
        "words": approval.words,
        "register_of": sorted(approval.areas) or _register_of(entry),
        "approved_by": approval.by,
        "is_member": _is_in(entry),
    }


def _is_in(entry: DirectoryEntry | None) -> bool:
    return entry is not None and entry.approved


def _register_of(entry: DirectoryEntry | None) -> list[str]:
    """Codes of the areas whose register an agency may read."""
    grants = entry.grants if entry else ()
    return sorted({area for grant in grants for area in grant.areas if grant.valid_until is None})


async def _first_contact(profile: Path) -> None:
    """Connect once as the agency: its certificate works, and the directory is in its cache for when the hub is away."""
    with suppress(OutboxInUse):  # a program of the agency is connected already
        async with Publisher.open(profile=profile):
            pass


@command(
    app,
    "revoke",
    examples=(
        'homeward agency revoke E08000005 --every-key --by "A. Okafor" --why "laptop stolen"',
        'homeward agency revoke E08000005 --key E08000005-7c1a --by "A. Okafor" --why "program replaced"',
    ),
)
def revoke(
    invocation: Invocation,
    agency: Annotated[str, typer.Argument(help="Id of the agency, as homeward agency list shows it.")],
    *,
    by: Annotated[str, typer.Option(help="Who revokes; one person is enough, because a stolen key does not wait.")],
    why: Annotated[str, typer.Option(help="Why, for whoever asks later; noted on this machine.")],
    key: Annotated[str | None, typer.Option(help="One signing key, by its id; the agency stays a member.")] = None,
    every_key: Annotated[
        bool, typer.Option("--every-key", help="Every key, and the agency itself: it is out until it joins again.")
    ] = False,
) -> None:
    """Revoke a key of an agency, or all of them: at once nothing signed with it counts, and nothing is sealed to it.

    What was signed before stays proven. An agency that is out is told by telephone: whoever owns a case is asked to.
    """
    if (key is None) == (not every_key):
        message = "either one signing key, or every key and the agency with them"
        raise typer.BadParameter(message, param_hint="--key / --every-key")
    if not by.strip() or not why.strip():
        message = "say who revokes, and why: it is noted for whoever asks later"
        raise typer.BadParameter(message, param_hint="--by / --why")
    home = invocation.home()
    revocation = Revocation(agency=AgencyId(agency), by=by.strip(), why=why.strip(), key=key)
    revoked = asyncio.run(revoking.revoke(home, home.running(), revocation, home.schema_ids()))
    entry = revoked.entry
    invocation.show(
        {
            "agency": agency,
            "name": entry.name,
            "signing_keys": list(revoked.signing),
            "sealing_keys": list(revoked.sealing),
            "is_member": entry.approved,
            "by": revocation.by,
        }
    )
    if entry.approved:
        invocation.say(f"{entry.name} stays a member; its other keys go on.")
        return
    invocation.say(
        f"{entry.name} can neither send nor read any more. Ring it now: from here on it is told by telephone.\n"
        f"To let it in again, with new keys: homeward agency add {agency} --folder NEW_FOLDER,\n"
        f"and two approvals: homeward agency approve NEW_FOLDER/{REQUEST} --by NAME"
    )


@command(app, "list", examples=("homeward agency list", "homeward agency list --json"))
def list_(invocation: Invocation) -> None:
    """List the members of the hub, as the signed directory has them now, and say whose mailbox nobody reads.

    A connected member whose program has not read for longer than the rules allow would not hear of a child: ring it.
    """
    found, silent = asyncio.run(_members(invocation.home()))
    members = [entry for entry in found.agencies() if entry.kind is not AgencyKind.HUB and entry.agency_id != HUB]
    rows = [
        {
            "agency": entry.agency_id,
            "name": entry.name,
            "kind": entry.kind,
            "roles": list(entry.roles),
            "version": entry.version,
            "keys": len(entry.signing_keys),
            "delivery": _delivery(entry.delivery),
            "register": _register_of(entry),
            "mailbox": _plain(silent.get(entry.agency_id)),
        }
        for entry in members
    ]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("agency", "name", "kind and roles", "keys", "register of", "mailbox"):
        table.add_column(column)
    for entry, row in zip(members, rows, strict=True):
        kind = ", ".join([entry.kind, *entry.roles]).replace("_", " ")
        mailbox = silent[entry.agency_id].since if entry.agency_id in silent else "read" if entry.connected else ""
        style = "bold yellow" if entry.agency_id in silent else ""
        table.add_row(
            entry.agency_id, entry.name, kind, str(row["keys"]), _short(row["register"]), Text(mailbox, style=style)
        )
    invocation.show({"version": found.version, "agencies": rows}, table)
    if not rows:
        invocation.say("no agency has joined yet; begin with: homeward agency add E08000005")
    for each in silent.values():
        invocation.say(f"{each.silence.name} ({each.silence.agency}), {each.since}: {each.remedy}")


async def _members(home: Home) -> tuple[Directory, dict[str, SilentMailbox]]:
    running = home.running()
    found = await directory.read_directory(home, running.bootstrap, home.schema_ids())
    silent = await silence.silent(home, running, found)
    return found, {each.silence.agency: each for each in silent}


def _plain(silent: SilentMailbox | None) -> dict[str, object] | None:
    if silent is None:
        return None
    return {
        "unread_since": silent.reading.unread_since,
        "was_ever_read": silent.reading.was_ever_read,
        "ring": silent.silence.ring,
        "remedy": silent.remedy,
    }


def _short(areas: object) -> str:
    listed = list(areas) if isinstance(areas, list) else []
    most = 2
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def preferences(
    urgent_by: DeliveryWay | None, telephone: str | None, information_at: str | None
) -> DeliveryPreferences | None:
    """How an agency would like to be told, as options say it; None where none of them was given.

    Raises:
        BadParameter: one of them is not what it should be.
    """
    if urgent_by is None and telephone is None and information_at is None:
        return None
    if telephone is not None:
        check_telephone(telephone)
    if information_at is not None and not _HOUR.fullmatch(information_at):
        message = "a time of day, such as 08:00"
        raise typer.BadParameter(message, param_hint="--information-at")
    way = urgent_by or DeliveryWay.UNKNOWN
    return DeliveryPreferences(urgent_by=way, telephone=telephone, information_at=information_at)


def _delivery(said: DeliveryPreferences | None) -> dict[str, str | None] | None:
    if said is None:
        return None
    return {"urgent_by": said.urgent_by, "telephone": said.telephone, "information_at": said.information_at}
