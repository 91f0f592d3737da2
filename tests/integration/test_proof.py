"""The audit log and what belongs to it, in the hands of somebody who can write the folder and has no key."""
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import threading

import httpx
import pytest
from harness import TSG, body, wait_for


def edit(folder, *statements):
    with sqlite3.connect(folder / "tsg.db") as db:
        for statement in statements:
            db.execute(statement)
    db.close()


def verify(folder, *more):
    done = subprocess.run([TSG, "audit", "verify", "--data-dir", str(folder), *more], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def ask(gateway, key, text="Say hello.", **more):
    return httpx.post(gateway.url + "/v1/chat/completions", json=body(text, **more), timeout=60,
                      headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def used(make_gateway):
    """A gateway with an organisation, a key, a budget and some calls; and the key."""
    gateway = make_gateway()
    key = gateway.new_key(monthly_budget_usd="5.00")["key"]
    for _ in range(3):
        assert ask(gateway, key).status_code == 200
    gateway.secret = key
    return gateway


def tsg(gateway, *args):
    return subprocess.run([TSG, *args], capture_output=True, text=True, env={
        **os.environ, "TSG_ADMIN_URL": str(gateway.admin.base_url), "TSG_ADMIN_TOKEN": gateway.admin_token})


def test_a_log_cut_to_its_first_record_is_a_break_until_an_owner_says_why(used):
    used.stop()
    edit(used.data_dir, "DELETE FROM audit_record WHERE seq>0")
    (used.data_dir / "audit.head").unlink()
    used.start()
    epoch = used.records(kind="log.epoch")[0]
    assert "audit.head was missing" in epoch["detail"] and epoch["before"]["size"] >= 6
    assert ask(used, used.secret).status_code == 200, "the keys are still there"
    code, text = used.verify()
    assert code == 4 and f"record {epoch['seq']} begins epoch 2" in text, text
    assert "consistent, but" in text and "are missing" in text
    assert "is in no record" in text, "documents and ledger know more than the log"

    wrong = tsg(used, "audit", "acknowledge", str(epoch["seq"] + 1), "--reason", "no")
    assert wrong.returncode == 1 and f"Breaks are at record {epoch['seq']}" in wrong.stderr, wrong.stderr
    viewer = used.create("/admin/v1/tokens", name="v", role="admin")["token"]
    assert used.admin.post("/admin/v1/audit/acknowledgements", json={"seq": epoch["seq"], "reason": "x"},
                           headers={"authorization": f"Bearer {viewer}"}).status_code == 403
    done = tsg(used, "audit", "acknowledge", str(epoch["seq"]), "--reason", "a cleaner ran, ticket 4711")
    assert done.returncode == 0 and "begins epoch 2" in done.stdout, done.stdout + done.stderr
    record = used.records(kind="audit.acknowledge")[0]
    assert record["after"]["reason"] == "a cleaner ran, ticket 4711" and record["actor"] == "token:owner"
    code, text = used.verify()
    assert code == 0 and f"acknowledged by record {record['seq']}" in text, text
    again = tsg(used, "audit", "acknowledge", str(epoch["seq"]), "--reason", "once more")
    assert again.returncode == 1 and "already" in again.stderr

    used.stop()
    edit(used.data_dir, "UPDATE ledger SET cost=0")
    assert used.verify()[0] == 4, "an acknowledgement covers what was found, not what comes after it"


def test_budgets_and_spending_that_somebody_edits_contradict_their_records(used):
    assert used.verify() [0] == 0, "also beside the running gateway"
    used.stop()
    for statement, said in (
            ("UPDATE document SET json=replace(json, '5.00', '5000000') WHERE kind='budget'", "budget key/"),
            ("UPDATE ledger SET cost=0", "rows of the ledger"),
            ("UPDATE usage_quarter SET cost=0", "sums of usage_quarter"),
            ("UPDATE document SET json=replace(json, '[\"*\",\"openai/*\"]', '[\"*/*\"]') WHERE kind='key'", "key key_")):
        copy = used.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(used.data_dir, copy)
        edit(copy, statement)
        code, text = verify(copy)
        assert code == 4 and said in text, (statement, text)


def test_only_a_checkpoint_kept_elsewhere_finds_a_folder_put_back_or_begun_anew(used, tmp_path):
    used.stop()
    earlier = tmp_path / "earlier"
    shutil.copytree(used.data_dir, earlier)
    used.start()
    assert ask(used, used.secret).status_code == 200
    used.stop()
    kept = shutil.copy(used.data_dir / "audit.head", tmp_path / "kept")
    assert verify(used.data_dir)[0] == verify(used.data_dir, "--checkpoint", kept)[0] == 0
    shutil.rmtree(used.data_dir)
    shutil.copytree(earlier, used.data_dir)
    assert verify(used.data_dir)[0] == 0, "nothing in the folder can know"
    code, text = verify(used.data_dir, "--checkpoint", kept)
    assert code == 1 and "the checkpoint covers" in text
    shutil.rmtree(used.data_dir)
    used.start()
    used.stop()
    assert verify(used.data_dir)[0] == 0 and verify(used.data_dir, "--checkpoint", kept)[0] == 1
    told = subprocess.run([TSG, "audit", "verify", "--help"], capture_output=True, text=True).stdout
    assert "found only with it" in told and "put back" in told


def test_a_database_deleted_under_the_running_gateway_stops_admission(used):
    for file in used.data_dir.glob("tsg.db*"):
        file.unlink()
    answer = wait_for(lambda: (a := ask(used, used.secret)).status_code == 503 and a, "503", seconds=5)
    assert answer.json()["error"]["code"] == "audit_unavailable"
    assert httpx.get(used.url + "/readyz").status_code == 503
    assert "deleted or replaced under the running gateway" in used.log()
    assert used.admin.post("/admin/v1/orgs", json={"id": "late", "name": "late"}).status_code == 503
    used.stop()
    used.start()
    assert "new epoch" in used.log()


def test_views_and_triggers_are_refused_and_named(used):
    used.stop()
    for statements in (["CREATE TRIGGER quiet BEFORE INSERT ON audit_record BEGIN SELECT RAISE(IGNORE); END"],
                       ["ALTER TABLE audit_record RENAME TO kept", "CREATE VIEW audit_record AS SELECT * FROM kept"]):
        copy = used.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(used.data_dir, copy)
        edit(copy, *statements)
        code, text = verify(copy)
        assert code == 1 and "is none that this gateway makes" in text, text
        config = json.loads(used.config.read_text()) | {"data_dir": str(copy)}
        other = used.config.with_name("other.yaml")
        other.write_text(json.dumps(config))
        start = subprocess.run([TSG, "serve", "--config", str(other)], capture_output=True, text=True, timeout=60)
        assert start.returncode == 1 and "is none that this gateway makes" in start.stderr, start.stderr


# What comes while it runs finds nothing that would run it.
def test_a_trigger_made_under_the_running_gateway_does_nothing(used):
    edit(used.data_dir, "CREATE TRIGGER quiet BEFORE INSERT ON audit_record BEGIN SELECT RAISE(IGNORE); END")
    before = used.record_count()
    assert ask(used, used.secret).status_code == 200
    assert used.record_count() == before + 1
    used.stop()
    edit(used.data_dir, "DROP TRIGGER quiet")
    assert used.verify()[0] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")
def test_what_may_not_be_read_is_not_called_tampered(used):
    used.stop()
    for part in (used.data_dir, *used.data_dir.parents):
        if part == pathlib.Path("/tmp"):
            break
        part.chmod(part.stat().st_mode | 0o005)
    for file in ("audit.head", "tsg.db"):
        for one in used.data_dir.iterdir():
            one.chmod(0o600 if one.name == file else 0o644)
        done = subprocess.run([TSG, "audit", "verify", "--data-dir", str(used.data_dir)], capture_output=True,
                              text=True, user="nobody", group="nogroup", extra_groups=[])
        assert done.returncode == 3 and "Permission denied" in done.stderr, (file, done.stdout + done.stderr)
        assert "tampered" not in done.stderr


# With the master key and the bytes an auditor can check a commitment; FORMAT.md says how.
def test_commitments_can_be_checked_by_who_has_the_key_and_the_bytes(used):
    master = bytes.fromhex((used.folder / "secrets/master").read_text().strip())
    def mac(key, text):
        return hmac.new(key, text, hashlib.sha256).digest()
    content_key = mac(mac(b"tsg", master), b"content commitments v1" + b"\x01")
    sent = json.dumps(body("My card is 4111"))
    answer = httpx.post(used.url + "/v1/chat/completions", content=sent, timeout=60, headers={
        "authorization": f"Bearer {used.secret}", "content-type": "application/json"})
    assert answer.status_code == 200
    request_id = answer.headers["x-request-id"]
    key = mac(mac(content_key, b"acme"), bytes.fromhex(request_id.replace("-", "")))
    assert used.record(request_id)["commitments"] == {
        "request": "hmac-sha256-org:" + mac(key, sent.encode()).hex(),
        "response": "hmac-sha256-org:" + mac(key, answer.content).hex()}


COLUMNS = ("id", "request_id", "time_ms", "key_id", "org", "team", "environment", "provider", "model", "model_requested",
           "hold", "state", "cost", "estimated", "input_tokens", "cached_tokens", "output_tokens", "price_version",
           "parts", "markup", "settled_seq")


def sealed(row):
    def one(value):
        if value is None:
            return b"-"
        if isinstance(value, bytes):
            return value.hex().encode()
        return b"%d:%s" % (len(value.encode()), value.encode()) if isinstance(value, str) else b"%d" % value
    return hashlib.sha256(b"".join(one(value) + b"\n" for value in row)).hexdigest()


# Written from FORMAT.md, as another verifier would be.
def test_rows_are_sealed_as_the_format_says(used):
    used.stop()
    with sqlite3.connect(used.data_dir / "tsg.db") as db:
        records = [json.loads(r[0]) for r in db.execute("SELECT bytes FROM audit_record ORDER BY seq")]
        rows = db.execute(f"SELECT {','.join(COLUMNS)} FROM ledger").fetchall()
        seals = {r["ledger"]["id"]: (r["seq"], r["ledger"]["sha256"]) for r in records if "ledger" in r}
        assert len(rows) == len(seals) == 3
        for row in rows:
            assert seals[row[0]] == (row[-1], sealed(row))
        changes = {(d["kind"], d["id"], d["version"]): d["sha256"] for r in records for d in r.get("documents", [])}
        stored = db.execute("SELECT kind,id,version,json FROM document_version").fetchall()
        assert len(stored) == len(changes) >= 4
        for kind, name, version, text in stored:
            assert changes[kind, name, version] == hashlib.sha256(text.encode()).hexdigest()
    master = bytes.fromhex((used.folder / "secrets/master").read_text().strip())
    key = hmac.new(hmac.new(b"tsg", master, hashlib.sha256).digest(), b"audit record mac v1\x01", hashlib.sha256).digest()
    with sqlite3.connect(used.data_dir / "tsg.db") as db:
        for (text,) in db.execute("SELECT bytes FROM audit_record"):
            before, mac = text[:-2].rsplit(',"mac":"', 1)
            assert hmac.new(key, before.encode(), hashlib.sha256).hexdigest()[:32] == mac


def columns_of(db, table):
    """(names, primary key)"""
    info = db.execute(f"SELECT name, pk FROM pragma_table_info('{table}')").fetchall()
    return [name for name, _ in info], [name for name, pk in info if pk]


PROVES_NOTHING = {"sqlite_stat1", "sqlite_stat4"}  # SQLite's planner keeps them: they change plans, never answers


def every_edit(folder):
    """One statement for each column of each table, on its first row, and one that deletes it."""
    with sqlite3.connect(folder / "tsg.db") as db:
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name").fetchall():
            if table in PROVES_NOTHING:
                continue
            columns, keys = columns_of(db, table)
            names = ",".join(keys)
            if not db.execute(f"SELECT 1 FROM {table}").fetchone():
                assert table in ("budget_alert",), f"{table} is empty: nothing would be tried"
                continue
            for offset in range(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] if table == "meta" else 1):
                where = f"WHERE ({names})=(SELECT {names} FROM {table} ORDER BY {names} DESC LIMIT 1 OFFSET {offset})"
                yield f"DELETE FROM {table} {where}"
                for c in columns:
                    yield (f"UPDATE OR REPLACE {table} SET {c}=CASE typeof({c}) WHEN 'integer' THEN {c}+1 WHEN 'null' THEN 1 "
                           f"WHEN 'blob' THEN zeroblob(length({c})) ELSE {c}||'x' END {where}")
    db.close()


def start_on(gateway, copy):
    """A start of the real daemon on that folder: what it printed, and whether it serves."""
    config = json.loads(gateway.config.read_text()) | {"data_dir": str(copy)}
    other = gateway.config.with_name("other.yaml")
    other.write_text(json.dumps(config))
    process = subprocess.Popen([TSG, "serve", "--config", str(other)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "ready" in line or "listening" in line:
            break
    process.terminate()
    rest, _ = process.communicate(timeout=60)
    return "".join(lines) + rest, process.returncode == 0


def fresh_copy(gateway, source=None):
    copy = gateway.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source or gateway.data_dir, copy)
    return copy


# The mechanism that keeps the promise: whoever adds a table or a column has it tried here.
def test_one_edit_of_any_column_of_any_table_does_not_pass_in_silence(used):
    assert httpx.post(used.url + "/v1/chat/completions", json=body("again"), timeout=60, headers={
        "authorization": f"Bearer {used.secret}", "idempotency-key": "order-1"}).status_code == 200
    used.stop()
    with sqlite3.connect(used.data_dir / "tsg.db") as db:
        assert db.execute("SELECT count(*) FROM idempotency").fetchone()[0] == 1
        assert db.execute("SELECT count(*) FROM key_used").fetchone()[0] == 1
    db.close()
    silent, starts = [], 0
    for statement in every_edit(used.data_dir):
        copy = fresh_copy(used)
        edit(copy, statement)
        if verify(copy)[0] != 0:
            continue
        starts += 1
        said, served = start_on(used, copy)
        if served and verify(copy)[0] == 0:
            silent.append((statement, said))
    assert not silent and starts < 40, silent


@pytest.fixture
def killed(used, sim):
    """Killed while two calls were at their provider: one plain, one with an Idempotency-Key."""
    before = sim.upstream_requests()

    def call(**headers):
        try:
            httpx.post(used.url + "/v1/chat/completions", json=body("[[sim:latency_ms=30000]]"), timeout=60,
                       headers={"authorization": f"Bearer {used.secret}", **headers})
        except httpx.HTTPError:
            pass
    callers = [threading.Thread(target=call), threading.Thread(target=call, kwargs={"idempotency-key": "order-1"})]
    for caller in callers:
        caller.start()
    wait_for(lambda: sim.upstream_requests() == before + 2, "both calls are at the provider")
    used.kill()
    for caller in callers:
        caller.join()
    return used


def test_a_killed_gateway_is_consistent_and_its_next_start_has_nothing_to_say(killed):
    copy = fresh_copy(killed)
    assert verify(copy)[0] == 0
    said, served = start_on(killed, copy)
    assert served and "edited" not in said, said
    assert verify(copy)[0] == 0
    with sqlite3.connect(copy / "tsg.db") as db:
        assert db.execute("SELECT count(*) FROM ledger WHERE state=1 AND estimated=1 AND cost=hold").fetchone()[0] == 2
    db.close()


FORGED = """INSERT INTO ledger SELECT id+6553600,request_id,time_ms,key_id,org,team,environment,provider,model,4000000000,
state,cost,estimated,input_tokens,output_tokens,price_version,parts,model_requested,cached_tokens,settled_seq,markup
FROM ledger WHERE state=0 LIMIT 1"""


# What was open when the process died is in no record yet.
@pytest.mark.parametrize("edits, without, said", [
    ([FORGED], ["dispatch.map"], "1 open hold was not written by this gateway"),
    ([FORGED], [], "1 open hold was not written by this gateway"),
    (["DELETE FROM ledger WHERE state=0"], [], "2 open holds had been left, and there were 0"),
    (["DELETE FROM ledger WHERE state=0", "DELETE FROM idempotency"], ["dispatch.map"], "2 open holds had been left"),
    (["UPDATE ledger SET hold=0 WHERE state=0"], [], "2 open holds were not written by this gateway"),
    (["DELETE FROM idempotency"], [], "1 idempotency key had been left, and there were 0"),
    (["UPDATE idempotency SET fingerprint=zeroblob(32)"], [], "1 idempotency key was not written by this gateway"),
    ([], ["dispatch.map"], "dispatch.map was missing")])
def test_what_was_open_when_it_was_killed_is_not_edited_in_silence(killed, edits, without, said):
    copy = fresh_copy(killed)
    for name in without:
        (copy / name).unlink()
    if edits:
        edit(copy, *edits)
    text, served = start_on(killed, copy)
    assert said in text, text
    code, listed = verify(copy)
    assert code in (1, 4) and (said in listed or not served), listed
    with sqlite3.connect(copy / "tsg.db") as db:
        assert db.execute("SELECT count(*) FROM ledger WHERE hold=4000000000 AND cost>0").fetchone()[0] == 0
    db.close()


def test_a_cleared_dispatch_map_does_not_give_spent_money_back(killed):
    copy = fresh_copy(killed)
    with open(copy / "dispatch.map", "r+b") as file:
        file.seek(64)
        file.write(bytes(65536 * 8))
    text, served = start_on(killed, copy)
    assert served and "dispatch.map did not say of 2 open holds" in text, text
    with sqlite3.connect(copy / "tsg.db") as db:
        assert db.execute("SELECT count(*) FROM ledger WHERE state=1 AND estimated=1 AND cost=hold").fetchone()[0] == 2
    db.close()
    assert verify(copy)[0] == 4
