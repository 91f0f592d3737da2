"""One number everywhere: the answer, the ledger, the audit record, the report and the FOCUS file."""
import csv
import io
import json
import os
import subprocess
from decimal import Decimal

import httpx
import pytest
from harness import TSG, body
from money import ledger, nano


@pytest.fixture(scope="module")
def used(tmp_path_factory, sim, certificate):
    """A gateway that has answered; the cost that each answer told, by request id."""
    from conftest import providers_of
    from harness import Gateway
    gateway = Gateway(tmp_path_factory.mktemp("gw"), providers_of(sim, certificate)).start()
    gateway.seed()
    told = {}
    keys = [gateway.new_key(tags={"cost-center": "=4711"}), gateway.new_key()]
    for number, made in enumerate(keys * 3):
        text = f"[[sim:input_tokens={1000 + number},cached={number * 7},output_tokens={50 + number}]]"
        for stream in (False, True):
            more = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
            answer = httpx.post(gateway.url + "/v1/chat/completions", timeout=60, json=body(text, **more),
                                headers={"authorization": f"Bearer {made['key']}"})
            assert answer.status_code == 200, answer.text
            data = json.loads(answer.text.split("data: ")[-2] if stream else answer.text, parse_float=Decimal)
            told[answer.headers["x-request-id"]] = nano(data["usage"]["cost_usd"])
    httpx.post(gateway.url + "/v1/embeddings", timeout=60, json={"model": "text-embedding-3-small", "input": "a"},
               headers={"authorization": f"Bearer {keys[0]['key']}"}).raise_for_status()
    yield gateway, told, keys
    gateway.process.stop()


def report(gateway, **query):
    answer = gateway.admin.get("/admin/v1/usage", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def environment(gateway):
    return {**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}",
            "TSG_ADMIN_TOKEN": gateway.admin_token}


def test_the_answer_the_ledger_and_the_record_say_the_same(used):
    gateway, told, _ = used
    rows = {r["request_id"]: r for r in ledger(gateway)}
    for request_id, cost in told.items():
        assert rows[bytes.fromhex(request_id.replace("-", ""))]["cost"] == cost
        record = gateway.record(request_id)
        assert nano(record["cost_usd"]) == cost == sum(nano(p) for p in record["cost_parts"].values())


def test_reports_sum_to_the_ledger_however_they_are_grouped(used):
    gateway, told, keys = used
    total = sum(r["cost"] for r in ledger(gateway))
    assert total >= sum(told.values())
    for group in ("", "org", "key", "team,model", "day,provider,environment"):
        rows = report(gateway, group_by=group).json()["data"]
        assert sum(nano(r["cost_usd"]) for r in rows) == total, group
        assert sum(r["requests"] for r in rows) == len(ledger(gateway)), group
        assert all(set(group.split(",")) - {""} <= set(r) for r in rows)
    by_key = report(gateway, group_by="key").json()["data"]
    assert {r["key"] for r in by_key} == {k["id"] for k in keys}
    own = httpx.get(gateway.url + "/v1/usage", headers={"authorization": f"Bearer {keys[1]['key']}"}).json()
    mine = next(r for r in by_key if r["key"] == keys[1]["id"])
    assert nano(own["cost_usd"]) == nano(mine["cost_usd"]) and own["requests"] == mine["requests"]
    assert own["input_tokens"] == mine["input_tokens"] and mine["cached_input_tokens"] > 0


def test_csv_has_the_same_columns(used):
    gateway, *_ = used
    answer = report(gateway, group_by="org,key", format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    data = report(gateway, group_by="org,key").json()["data"]
    assert [{k: str(v) for k, v in d.items()} for d in data] == rows


def test_times_are_inclusive_and_exclusive_and_bad_questions_are_named(used):
    gateway, *_ = used
    assert report(gateway, **{"from": "2020-01-01", "to": "2020-02-01"}).json()["data"] == []
    for query in ({"from": "yesterday"}, {"group_by": "colour"}, {"format": "xml"}, {"colour": "red"},
                  {"from": "2026-02-01", "to": "2026-01-01"}, {"team": "web"}):
        answer = gateway.admin.get("/admin/v1/usage", params=query)
        assert answer.status_code == 400 and next(iter(query)) in answer.json()["error"]["message"], query


def test_the_focus_file_is_the_ledger(used, tmp_path):
    gateway, *_ = used
    file = tmp_path / "focus.csv"
    done = subprocess.run([TSG, "usage", "export", "--format", "focus", "--file", str(file)], capture_output=True,
                          text=True, env=environment(gateway))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
    for column in ("EffectiveCost", "BilledCost"):
        assert sum(nano(r[column]) for r in rows) == sum(r["cost"] for r in ledger(gateway))
    for r in rows:
        assert Decimal(r["ContractedUnitPrice"]) * Decimal(r["PricingQuantity"]) == Decimal(r["ContractedCost"])
        assert Decimal(r["ListUnitPrice"]) * Decimal(r["PricingQuantity"]) == Decimal(r["ListCost"])
        assert r["ChargePeriodStart"] < r["ChargePeriodEnd"] and r["BillingCurrency"] == "USD"
        json.loads(r["Tags"])
    assert {r["SkuMeter"] for r in rows} == {"Input Tokens", "Cached Input Tokens", "Output Tokens"}
    assert sum(int(r["ConsumedQuantity"]) for r in rows if r["SkuMeter"] == "Output Tokens") == sum(
        r["output_tokens"] for r in ledger(gateway))
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    assert duckdb.sql(f"SELECT count(*) FROM read_csv('{file}', header=true)").fetchall() == [(len(rows),)]


def test_the_table_of_the_command_line(used):
    gateway, *_ = used
    done = subprocess.run([TSG, "usage", "show", "--group-by", "org"], capture_output=True, text=True,
                          env=environment(gateway))
    assert done.returncode == 0 and "acme" in done.stdout and "cost_usd" in done.stdout.lower(), done.stderr


def test_prices_check_names_every_problem_and_changes_nothing(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    entry = {"provider": "openai", "id": "m", "mode": "chat", "status": "current", "prices": {"input": "1"}}
    good.write_text(json.dumps({"schema": 1, "source_date": "2026-11-24", "models": [entry]}))
    bad.write_text(json.dumps({"schema": 1, "source_date": "2026-11-24", "models": [
        {**entry, "prices": {"input": "-1"}}, {**entry, "colour": "red"}]}))
    done = subprocess.run([TSG, "prices", "check", str(good)], capture_output=True, text=True)
    assert done.returncode == 0 and "1 models" in done.stdout, done.stderr
    done = subprocess.run([TSG, "prices", "check", str(bad)], capture_output=True, text=True)
    assert done.returncode == 1 and len(done.stderr.splitlines()) >= 2, done.stderr
    assert subprocess.run([TSG, "prices", "check", str(tmp_path / "none")], capture_output=True).returncode == 1
