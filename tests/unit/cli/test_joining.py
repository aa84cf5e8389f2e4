"""An agency asks to join: its keys stay with it, its request proves itself, two people must approve."""

import json
import stat
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from deploy import agencies
from deploy.agencies import ApprovalRefused
from deploy.agency_profile import HubAddress, write_profile
from deploy.cli import shapes
from deploy.cli.agency_commands import claimed, preferences
from deploy.cli.app import application
from deploy.cli.invocation import Invocation
from deploy.home import Home
from deploy.identities import Identity, RequestRefused, check_claims, identity_of
from deploy.joining import REQUEST, JoiningRequest, ask_anew, make_keys
from deploy.revoking import RevocationRefused, revoked_entry
from deploy.topics import TableError
from hub.directory import Directory, KeyStanding
from hub.ids import AgencyId
from hub.profile import Profile
from hub.sealing import SealingSuite
from schemas.codec import decode, encode
from schemas.records import AgencyKind, DeliveryPreferences, DeliveryWay, DirectoryEntry, DutyRow, Nation
from tests.unit.trust.world import IDS, NOW


def asked(folder: Path) -> JoiningRequest:
    return make_keys(folder, identity_of("E08000005"), suite=SealingSuite.X25519)


def test_an_official_code_says_who_an_agency_is() -> None:
    council = identity_of("E08000005")
    assert (council.name, council.kind, council.force_code) == ("Rochdale", AgencyKind.AUTHORITY, "E23000005")
    police = identity_of("E23000005")
    assert (police.name, police.official_name) == ("Greater Manchester Police", "Greater Manchester")
    assert police.kind is AgencyKind.POLICE
    assert "E08000005" in identity_of("E23000005").areas


def test_an_invented_id_needs_name_kind_and_area() -> None:
    with pytest.raises(RequestRefused, match="--name, --kind"):
        identity_of("moss-bank")
    with pytest.raises(RequestRefused, match="E99000001"):
        identity_of("moss-bank", name="Moss Bank", kind=AgencyKind.PLACEMENT, areas=("E99000001",))


@pytest.mark.parametrize("kind", [AgencyKind.HUB, AgencyKind.UNKNOWN])
def test_nobody_joins_as_what_is_no_kind_of_agency(kind: AgencyKind) -> None:
    with pytest.raises(RequestRefused, match="expected one of: authority, health"):
        identity_of("moss-bank", name="Moss Bank", kind=kind, areas=("E08000005",))


def test_a_name_or_a_role_that_says_nothing_is_refused() -> None:
    with pytest.raises(RequestRefused, match="blank"):
        identity_of("moss-bank", name=" ", kind=AgencyKind.PLACEMENT, areas=("E08000005",))
    with pytest.raises(RequestRefused, match="blank"):
        identity_of("E08000005", roles=("exploitation_team", ""))


def test_a_name_or_something_like_it_is_answered_with_its_code() -> None:
    with pytest.raises(RequestRefused, match=r"did you mean E08000005 \(Rochdale\)"):
        identity_of("rochdael")
    with pytest.raises(RequestRefused, match=r"did you mean E23000005 \(Greater Manchester\)"):
        identity_of("greater manchester")


def test_a_mistyped_code_is_not_guessed() -> None:
    with pytest.raises(RequestRefused) as refused:
        identity_of("E08000055")
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize("agency_id", ["E08000055", "E0800005", "e08000005"])
def test_a_code_that_only_looks_official_is_refused_with_those_that_are(agency_id: str) -> None:
    with pytest.raises(RequestRefused, match=r"looks like an official code and is none.*E08000005 \(Rochdale\)"):
        identity_of(agency_id, name="Rochdale", kind=AgencyKind.AUTHORITY, areas=("E08000005",))


def moss(kind: AgencyKind, force: str | None = None) -> Identity:
    return Identity(
        agency_id="moss-y",
        name="Moss",
        official_name="Moss",
        kind=kind,
        nation=Nation.ENGLAND,
        areas=("E10000017",),
        force_code=force,
    )


def test_whoever_has_no_official_code_is_no_police_force() -> None:
    with pytest.raises(RequestRefused, match=r"official code of a police force.*E23000003 \(Lancashire Police\)"):
        identity_of("moss-y", name="Moss", kind=AgencyKind.POLICE, areas=("E10000017",))
    with pytest.raises(
        RequestRefused, match=r"another kind: authority, health, national, placement, provider, school$"
    ):
        identity_of("moss-y", name="Moss", kind=AgencyKind.POLICE, areas=("E10000017",))
    home = identity_of("moss-y", name="Moss", kind=AgencyKind.PLACEMENT, areas=("E10000017",))
    assert (home.force_code, home.force) == (None, None)
    assert identity_of("E23000003").force == "E23000003"
    assert identity_of("BTP").force == "BTP", "an official force without an area joins as well"


@pytest.mark.parametrize("force", [None, "E23000003"])
def test_a_request_that_somebody_wrote_as_police_is_approved_by_nobody(tmp_path: Path, force: str | None) -> None:
    written = make_keys(tmp_path / "moss", moss(AgencyKind.POLICE, force), suite=SealingSuite.X25519)
    with pytest.raises(RequestRefused, match="official code of a police force"):
        agencies.approval_by(Home(tmp_path), written, "A. Okafor")
    gmp = replace(identity_of("E23000005"), force_code="E23000003")
    with pytest.raises(RequestRefused, match="official code of a police force"):
        check_claims(gmp)


def test_an_official_code_is_of_no_other_kind() -> None:
    with pytest.raises(RequestRefused, match="of kind authority"):
        identity_of("E08000005", kind=AgencyKind.POLICE)


def test_a_role_that_is_none_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match="did you mean reviewer"):
        identity_of("E08000005", roles=("reviewr",))
    asked(tmp_path)
    with pytest.raises(RequestRefused, match="--role bogus: no role of the directory"):
        ask_anew(tmp_path, ["bogus"])


def test_whoever_approves_is_told_what_the_agency_says_it_is() -> None:
    assert claimed(moss(AgencyKind.PLACEMENT)) == (
        "placement in England, roles none, areas E10000017 (Lancashire); taken for no police force"
    )
    assert "taken for the police force E23000003 (Lancashire Police)" in claimed(identity_of("E23000003"))


def test_the_request_is_shown_before_anybody_counts_as_having_approved_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    make_keys(home.agencies / "moss-y", moss(AgencyKind.PLACEMENT), suite=SealingSuite.X25519)

    async def nobody_joined(*_: object) -> Directory:
        return Directory.empty()

    monkeypatch.setattr(Home, "running", lambda self: SimpleNamespace(bootstrap=str(self)))
    monkeypatch.setattr(Home, "schema_ids", lambda self: self)
    monkeypatch.setattr("deploy.cli.agency_commands.directory.read_directory", nobody_joined)
    words = ["agency", "approve", "moss-y", "--home", str(tmp_path), "--json"]
    looked = CliRunner().invoke(application(), words)
    shown = json.loads(looked.stdout)
    assert (shown["kind"], shown["roles"], shown["areas"]) == ("placement", [], ["E10000017"])
    assert (shown["nation"], shown["force"], shown["approved_by"]) == ("england", None, [])
    assert shapes.faults("homeward agency approve", shown) == []
    assert "nobody has approved anything" in looked.stderr
    assert f"homeward agency approve moss-y --home {tmp_path} --by" in looked.stderr
    by_one = CliRunner().invoke(application(), [*words[:-1], "--by", "A. Okafor"])
    assert "E10000017 (Lancashire)" in by_one.stdout
    assert "placement" in by_one.stdout

    def refuse(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(Invocation, "show", refuse)
    (tmp_path / "approvals" / "moss-y.json").unlink()
    CliRunner().invoke(application(), [*words, "--by", "A. Okafor"])
    assert not (tmp_path / "approvals" / "moss-y.json").exists(), "what was not shown is not approved"


def test_the_command_that_comes_next_names_the_folder_that_was_given(tmp_path: Path) -> None:
    folder, home = tmp_path / "a usb stick", tmp_path / "home"
    words = ["agency", "add", "E08000005", "--folder", str(folder), "--home", str(home)]
    for _ in range(2):  # the second time it says that the keys are there
        said = CliRunner().invoke(application(), words).stderr
        assert f"homeward agency approve '{folder}/request.json' --home {home} --by" in said


@pytest.mark.parametrize("agency_id", ["../../intake", "moss bank", "hub", "a" * 41, "", "moss.bank"])
def test_an_id_that_could_not_name_a_topic_or_a_file_is_refused(agency_id: str) -> None:
    with pytest.raises(TableError, match="cannot be an agency's id"):
        identity_of(agency_id, name="Moss Bank", kind=AgencyKind.PLACEMENT, areas=("E08000005",))


def test_a_request_with_such_an_id_is_refused_where_it_arrives(tmp_path: Path) -> None:
    asked(tmp_path)
    body = json.loads((tmp_path / "request.json").read_text())
    body["identity"]["agency_id"] = "../../secrets/log_key"
    with pytest.raises(TableError):
        JoiningRequest.from_text(json.dumps(body))


def test_private_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    asked(tmp_path)
    keys = list(tmp_path.glob("*.key"))
    assert len(keys) == 4
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)


def test_a_request_holds_no_private_key(tmp_path: Path) -> None:
    asked(tmp_path)
    text = (tmp_path / "request.json").read_text()
    for key in tmp_path.glob("*.key"):
        assert key.read_bytes().hex() not in text
    assert "PRIVATE" not in text


def test_a_request_comes_back_from_its_file_with_the_same_words(tmp_path: Path) -> None:
    request = asked(tmp_path)
    read = JoiningRequest.from_text((tmp_path / "request.json").read_text())
    assert read == request
    assert read.words == request.words
    assert [len(word) for word in read.words.split("-")] == [5] * 6


def test_a_request_that_was_changed_is_refused(tmp_path: Path) -> None:
    asked(tmp_path)
    body = json.loads((tmp_path / "request.json").read_text())
    body["identity"]["kind"] = "police"
    with pytest.raises(RequestRefused, match="was changed after it was signed"):
        JoiningRequest.from_text(json.dumps(body))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"signature": "zz"}', '{"signature": "00", "identity": 1}'])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(RequestRefused, match="homeward agency add"):
        JoiningRequest.from_text(text)


def test_the_same_keys_ask_for_a_further_role_and_nothing_else_changes(tmp_path: Path) -> None:
    first = make_keys(tmp_path, identity_of("E08000003"))
    keys = {file.name: file.read_bytes() for file in tmp_path.glob("*.key")}
    again = ask_anew(tmp_path, ["reviewer"])
    assert again is not None
    assert again.identity == replace(first.identity, roles=("reviewer",))
    assert (again.signing_keys, again.certificate_request) == (first.signing_keys, first.certificate_request)
    assert again.words != first.words, "two people approve it"
    assert JoiningRequest.from_text((tmp_path / REQUEST).read_text()) == again
    assert {file.name: file.read_bytes() for file in tmp_path.glob("*.key")} == keys
    assert ask_anew(tmp_path, ["reviewer"]) is None
    assert ask_anew(tmp_path, []) is None


def test_one_person_cannot_approve_twice(tmp_path: Path) -> None:
    home = Home(tmp_path)
    request = asked(tmp_path / "agency")
    first = agencies.approval_by(home, request, "A. Okafor")
    assert not first.is_complete
    agencies.keep_approval(home, first)
    with pytest.raises(ApprovalRefused, match="somebody else"):
        agencies.approval_by(home, request, " a. okafor ")
    for same in ("A Okafor", "a.  okafor", "\uff21. Okafor"):
        with pytest.raises(ApprovalRefused, match="somebody else"):
            agencies.approval_by(home, request, same)
    for nobody in ("", "  ", "-", "\u200b"):
        with pytest.raises(ApprovalRefused, match="say who approves"):
            agencies.approval_by(home, request, nobody)
    assert agencies.approval_by(home, request, "J. Hughes").is_complete


def test_approvals_of_another_request_do_not_count(tmp_path: Path) -> None:
    home = Home(tmp_path)
    agencies.keep_approval(home, agencies.approval_by(home, asked(tmp_path / "one"), "A. Okafor"))
    assert not agencies.approval_by(home, asked(tmp_path / "other"), "J. Hughes").is_complete


def test_two_people_approve_the_same_register(tmp_path: Path) -> None:
    home, request = Home(tmp_path), asked(tmp_path / "agency")
    agencies.keep_approval(home, agencies.approval_by(home, request, "A. Okafor", ["E08000005"]))
    agreed = agencies.approval_by(home, request, "J. Hughes")
    assert (agreed.is_complete, agreed.areas) == (True, ("E08000005",))
    other = agencies.approval_by(home, request, "J. Hughes", ["E08000005", "E08000003"])
    assert (other.is_complete, other.by) == (False, ("J. Hughes",))


def test_what_was_approved_takes_two_people_again(tmp_path: Path) -> None:
    home, request = Home(tmp_path), asked(tmp_path / "agency")
    for person in ("A. Okafor", "J. Hughes"):
        agencies.keep_approval(home, agencies.approval_by(home, request, person))
    assert agencies.approval_by(home, request, "M. Third", ["E08000003"]).by == ("M. Third",)


def test_a_register_of_no_area_is_not_granted(tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match="--register-area E0800005"):
        agencies.approval_by(Home(tmp_path), asked(tmp_path / "agency"), "A. Okafor", ["E0800005"])


def test_the_profile_that_is_written_is_one_that_is_read(tmp_path: Path) -> None:
    request = asked(tmp_path)
    address = HubAddress(bootstrap="127.0.0.1:1", schema_registry="https://127.0.0.1:2", trust_key=bytes(32))
    file = write_profile(tmp_path, request.identity, request.key_ids, address)
    profile = Profile.from_mapping(tomllib.loads(file.read_text()))
    assert profile.agency == "E08000005"
    assert profile.signing.key_id == request.signing_keys[0].key_id
    assert profile.inbox.signing is not None
    assert profile.inbox.signing.key_id == request.signing_keys[1].key_id
    assert profile.telephone is None


def test_the_number_of_the_desk_goes_into_the_profile(tmp_path: Path) -> None:
    request = asked(tmp_path)
    wish = DeliveryPreferences(telephone="01632 960004")
    address = HubAddress(bootstrap="127.0.0.1:1", schema_registry="https://127.0.0.1:2", trust_key=bytes(32))
    file = write_profile(tmp_path, replace(request.identity, delivery=wish), request.key_ids, address)
    assert Profile.from_mapping(tomllib.loads(file.read_text())).telephone == "01632 960004"


def test_how_it_would_be_told_is_asked_for_listed_and_changed(tmp_path: Path) -> None:
    wish = DeliveryPreferences(urgent_by=DeliveryWay.TELEPHONE, telephone="01632 960001", information_at="08:00")
    made = make_keys(tmp_path, replace(identity_of("E08000005"), delivery=wish), suite=SealingSuite.X25519)
    read = JoiningRequest.from_text((tmp_path / REQUEST).read_text())
    assert (read, read.words) == (made, made.words)
    entry = agencies._entry(agencies.Joining(request=read, folder=tmp_path), Directory.empty(), NOW)
    assert entry.delivery == wish
    assert decode(encode(entry, IDS), IDS, DirectoryEntry) == entry
    assert ask_anew(tmp_path, (), wish) is None
    other = ask_anew(tmp_path, (), replace(wish, information_at="09:30"))
    assert other is not None
    assert other.words != made.words


def test_a_second_joining_drops_nobody_who_is_on_duty(tmp_path: Path) -> None:
    joining = agencies.Joining(request=asked(tmp_path), folder=tmp_path)
    night = DutyRow(role="duty", hours_from="17:00", hours_to="09:00", calendar="england", acts_for=("E08000002",))
    first = replace(
        agencies._entry(joining, Directory.empty(), NOW),
        duty=(night,),
        delivery=DeliveryPreferences(information_at="08:00"),
    )
    again = agencies._entry(joining, Directory.empty().with_entry(first), NOW)
    assert (again.duty, again.delivery, again.version) == (first.duty, first.delivery, 2)


def test_a_request_that_states_no_preference_is_written_as_it_always_was(tmp_path: Path) -> None:
    made = asked(tmp_path)
    assert "delivery" not in (tmp_path / REQUEST).read_text()
    assert JoiningRequest.from_text((tmp_path / REQUEST).read_text()) == made


@pytest.mark.parametrize(
    "given", [(None, "ring me", None), (None, "0", None), (None, None, "8"), (None, None, "24:00")]
)
def test_a_preference_that_is_none_is_wrong_usage(given: tuple[None, str | None, str | None]) -> None:
    with pytest.raises(typer.BadParameter):
        preferences(*given)


def test_nothing_stated_is_no_preference() -> None:
    assert preferences(None, None, None) is None
    assert preferences(None, "+44 1632 960001", None) == DeliveryPreferences(telephone="+44 1632 960001")


def member(folder: Path) -> tuple[JoiningRequest, DirectoryEntry]:
    """An agency that has joined and may read the register of its own area."""
    request = asked(folder)
    joining = agencies.Joining(request=request, folder=folder, grant_areas=("E08000005",))
    return request, agencies._entry(joining, Directory.empty(), NOW)


def test_one_key_is_revoked_and_the_agency_stays(tmp_path: Path) -> None:
    _, entry = member(tmp_path / "rochdale")
    key = entry.signing_keys[0].key_id
    revoked = revoked_entry(entry, key, NOW)
    directory = Directory.empty().with_entry(entry).with_entry(revoked.entry)
    rochdale = AgencyId("E08000005")
    assert directory.key_at(rochdale, key, NOW) is KeyStanding.REVOKED
    assert directory.is_connected(rochdale, NOW)
    assert (revoked.signing, revoked.sealing, revoked.entry.grants) == ((key,), (), entry.grants)
    with pytest.raises(RevocationRefused, match="no signing key"):
        revoked_entry(revoked.entry, key, NOW)


def test_an_agency_that_is_revoked_can_neither_sign_nor_be_sealed_to_nor_read(tmp_path: Path) -> None:
    request, entry = member(tmp_path / "rochdale")
    revoked = revoked_entry(entry, None, NOW)
    directory = Directory.empty().with_entry(entry).with_entry(revoked.entry)
    rochdale = AgencyId("E08000005")
    assert all(directory.key_at(rochdale, key.key_id, NOW) is KeyStanding.REVOKED for key in entry.signing_keys)
    assert directory.sealing_key(rochdale, NOW) is None
    assert not directory.is_connected(rochdale, NOW)
    assert directory.grants(NOW) == ()
    with pytest.raises(ApprovalRefused, match="never count again"):
        agencies.check_not_revoked(request, directory.agency(rochdale))


def test_with_new_keys_it_comes_back_and_the_old_ones_stay_revoked(tmp_path: Path) -> None:
    _, entry = member(tmp_path / "old")
    known = Directory.empty().with_entry(revoked_entry(entry, None, NOW).entry)
    later = NOW + timedelta(minutes=10)
    again = agencies._entry(agencies.Joining(request=asked(tmp_path / "new"), folder=tmp_path), known, later)
    directory = known.with_entry(again)
    rochdale = AgencyId("E08000005")
    assert directory.is_connected(rochdale, later)
    standing = {key.key_id: directory.key_at(rochdale, key.key_id, later) for key in again.signing_keys}
    old = {key.key_id for key in entry.signing_keys}
    assert {name for name, worth in standing.items() if worth is KeyStanding.REVOKED} == old
    assert len(standing) == 2 * len(old)
    assert directory.grants(later) == (), "what it may read has to be approved again"
