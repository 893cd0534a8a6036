"""The script of docs/ledger.md, taken from that page and run as somebody would who has nothing but Python and openssl."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import call_command

from incidents.commands import add_note
from tests.incidents.staging import brought_to, opened, powerful
from tests.source import ROOT
from timeline.checkpoints import seal
from timeline.erasure import erase_person
from timeline.export import export, public_key_pem, signing_key

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")


@pytest.fixture
def exported(org, anyone, engineer):
    """The lines of an export with four records, two checkpoints, a note and an erased one."""
    brought_to("closed", org)
    row = brought_to("resolved", org, title="Größe „漢字“ \U0001f525")
    seal(org)
    add_note(actor=engineer, incident=row, text="It was the cache")
    add_note(actor=anyone, incident=opened(anyone), text="Looking")
    erase_person(org, user_id=engineer.user_id)
    seal(org)
    opened(anyone, title="After the seal")
    out = io.StringIO()
    export(org, out)
    return out.getvalue().splitlines(keepends=True)


@pytest.fixture
def verified(tmp_path):
    """Run the documented script over lines; returns (exit code, what it printed)."""
    page = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    script = tmp_path / "verify_export.py"
    script.write_text(re.search(r"<!-- verify_export\.py -->\n```python\n(.*?)```", page, re.DOTALL)[1], "utf-8")
    key = tmp_path / "opsledger.pem"
    key.write_text(public_key_pem())
    file = tmp_path / "acme.jsonl"

    def run(lines):
        file.write_text("".join(lines), encoding="utf-8")
        # -I: without our packages, paths and environment.
        command = [sys.executable, "-I", str(script), str(file), str(key)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, (done.stdout + done.stderr).strip()

    return run


def signed_anew(lines, key=None):
    """The same lines under a signature that fits them."""
    body = lines[:-1]
    digest = hashlib.sha256("".join(body).encode()).hexdigest()
    last = json.loads(lines[-1])
    signature = (key or signing_key()).sign(digest.encode()).hex()
    events = sum('{"event":' in line for line in body)
    return [*body, json.dumps({**last, "events": events, "sha256": digest, "signature": signature}) + "\n"]


def altered(lines, number, change):
    record = json.loads(lines[number])
    change(record)
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    return [*lines[:number], text, *lines[number + 1 :]]


def first_event(lines, code="INCIDENT_CREATED"):
    return next(number for number, line in enumerate(lines) if f'"type":"{code}"' in line)


def test_a_real_export_is_verified(exported, verified):
    assert verified(exported) == (0, "verified: 9 events of 4 records, 2 checkpoints")


def test_an_export_of_nothing_is_verified(org, verified):
    out = io.StringIO()
    export(org, out)
    assert verified(out.getvalue().splitlines(keepends=True)) == (0, "verified: 0 events of 0 records, 0 checkpoints")


def test_any_altered_byte_breaks_the_signature(exported, verified):
    number = first_event(exported)
    forged = [*exported]
    forged[number] = forged[number].replace('"recorded_at":1', '"recorded_at":2')
    code, said = verified(forged)
    assert (code, said.startswith("NOT VERIFIED: ")) == (1, True)


def test_a_signature_by_another_key_is_refused(exported, verified):
    other = Ed25519PrivateKey.generate()
    forged = signed_anew(exported, other)
    last = json.loads(forged[-1])
    last["public_key"] = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert verified([*forged[:-1], json.dumps(last)]) == (1, "NOT VERIFIED: the signature is not by this key")


# From here on the forger holds the signing key: what remains is what the chains themselves show.


def test_signing_anew_is_what_the_forger_does(exported, verified):
    assert verified(signed_anew(exported))[0] == 0


def test_an_altered_event_is_found(exported, verified):
    forged = altered(exported, first_event(exported), lambda record: record["event"]["payload"].update(title="Nothing"))
    code, said = verified(signed_anew(forged))
    assert code == 1
    assert re.fullmatch(r"NOT VERIFIED: INC-\d{8}-\d{3} event 1 was altered", said)


def test_an_altered_text_is_found(exported, verified):
    number = first_event(exported, "INCIDENT_STATUS_CHANGED")
    forged = altered(exported, number, lambda record: record["event"]["personal"]["values"].update(actor_name="M"))
    code, said = verified(signed_anew(forged))
    assert (code, said.endswith(": text")) == (1, True)


def test_a_removed_event_is_found(exported, verified):
    number = first_event(exported, "INCIDENT_RESOLVED")
    code, said = verified(signed_anew(exported[:number] + exported[number + 1 :]))
    assert code == 1
    assert "is missing or out of order" in said or "sealed and missing" in said


def test_a_cut_tail_is_found_by_its_seal(exported, verified):
    number = first_event(exported, "INCIDENT_NOTE_ADDED")
    record = json.loads(exported[number])["event"]
    cut = [
        line
        for line in exported
        if not (f'"aggregate":"{record["aggregate"]}"' in line and f'"seq":{record["seq"]},' in line)
    ]
    code, said = verified(signed_anew(cut))
    assert code == 1
    assert said.startswith("NOT VERIFIED: sealed and missing: ")


def test_a_removed_checkpoint_is_found(exported, verified):
    number = next(number for number, line in enumerate(exported) if line.startswith('{"checkpoint"'))
    assert verified(signed_anew(exported[:number] + exported[number + 1 :])) == (
        1,
        "NOT VERIFIED: checkpoint 2 is out of order",
    )


def test_an_altered_checkpoint_is_found(exported, verified):
    number = next(number for number, line in enumerate(exported) if line.startswith('{"checkpoint"'))
    forged = altered(exported, number, lambda record: record["checkpoint"].update(heads={}))
    assert verified(signed_anew(forged)) == (1, "NOT VERIFIED: checkpoint 1 was altered")


def test_the_commands_of_the_page_write_the_file_and_the_key(exported, org, tmp_path, capsys, verified):
    file = tmp_path / "acme.jsonl"
    call_command("ledger", "export", "--org", "acme", "--out", str(file))
    assert capsys.readouterr().out == f"9 events written to {file}.\n"
    assert verified(file.read_text(encoding="utf-8").splitlines(keepends=True))[0] == 0
    call_command("ledger", "public-key")
    assert capsys.readouterr().out.strip() == public_key_pem().strip()


def test_an_export_can_go_to_standard_output(exported, org, verified):
    out = io.StringIO()
    call_command("ledger", "export", "--org", "acme", "--out", "-", stdout=out)
    assert verified(out.getvalue().splitlines(keepends=True))[0] == 0


def test_it_holds_nothing_of_another_organisation(exported, other_org):
    opened(powerful(other_org), title="Secret of Globex")
    out = io.StringIO()
    export(other_org, out)
    assert "Secret of Globex" in out.getvalue()
    assert "Secret of Globex" not in "".join(exported)


def test_a_record_that_begins_meanwhile_does_not_break_it(org, anyone, verified):
    opened(anyone)
    seal(org)

    class Slow(io.StringIO):
        """A file whose writing takes long enough for others to work."""

        def write(self, text):
            if self.tell() == 0:
                opened(anyone, title="Begun meanwhile")
                seal(org)
            return super().write(text)

    out = Slow()
    export(org, out)
    assert verified(out.getvalue().splitlines(keepends=True)) == (0, "verified: 2 events of 2 records, 2 checkpoints")


def test_the_key_is_made_once_and_only_its_owner_may_read_it(settings, tmp_path):
    settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "keys" / "signing.pem"
    assert public_key_pem() == public_key_pem()
    assert settings.LEDGER_SIGNING_KEY_FILE.stat().st_mode & 0o777 == 0o600


def test_two_that_make_the_key_at_once_end_up_with_the_same(settings, tmp_path, monkeypatch):
    settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "signing.pem"
    generate, first = Ed25519PrivateKey.generate, []

    def meanwhile():
        monkeypatch.setattr(Ed25519PrivateKey, "generate", generate)
        first.append(public_key_pem())
        return generate()

    monkeypatch.setattr(Ed25519PrivateKey, "generate", meanwhile)
    assert [public_key_pem()] == first
