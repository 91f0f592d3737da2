"""Budgets as people handle them: one for a key however it is written, more of it for a while, less asked for instead
of a refusal; and what an organisation pays: negotiated prices, and the mark-up it charges inside."""
import csv
import datetime
import io
import json
import os
import re
import subprocess
from decimal import Decimal

import httpx
import pytest
from harness import TSG, body, wait_for
from money import IN, OUT, ledger, nano, order, usd, whole_hold
from test_money import Watch
from test_operations import reload


def post(gateway, key, payload):
    return httpx.post(gateway.url + "/v1/chat/completions", json=payload, timeout=60,
                      headers={"authorization": f"Bearer {key}"})


def budgets_of(gateway, key):
    answer = httpx.get(gateway.url + "/v1/usage", headers={"authorization": f"Bearer {key}"}, timeout=60)
    return answer.json()["budgets"]


def shell(gateway, *args, stdin="", code=0):
    done = subprocess.run([TSG, *args], input=stdin, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}",
                               "TSG_ADMIN_TOKEN": gateway.admin_token})
    assert done.returncode == code, (args, done.stdout, done.stderr)
    return done.stdout + done.stderr


def after(**delta):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)).isoformat()


def test_a_keys_own_limits_and_those_attached_to_it_are_shown_together(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(limits={"requests_per_minute": 100})
    show = ("key", "show", made["id"], "--output", "json")
    assert json.loads(shell(gateway, *show))["limits_document"] is None
    shell(gateway, "limit", "set", "key", made["id"], "--concurrency", "5")
    shown = json.loads(shell(gateway, *show))
    assert shown["limits"] == {"requests_per_minute": 100} and shown["limits_document"] == {"concurrency": 5}
    assert '"concurrency":5' in shell(gateway, "key", "show", made["id"])


# -- one budget --------------------------------------------------------------------------------------------------------

def test_a_keys_budget_is_one_thing_however_it_is_set(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="5")
    key, document = f"/admin/v1/keys/{made['id']}", f"/admin/v1/budgets/key/{made['id']}"
    assert made["monthly_budget_usd"] == "5" and gateway.admin.get(document).json()["limit"] == "5"
    shell(gateway, "budget", "set", "key", made["id"], "--monthly-usd", "7", "--alerts-percent", "90")
    assert gateway.admin.get(key).json()["monthly_budget_usd"] == "7"
    assert [(b["scope"], b["limit"]) for b in budgets_of(gateway, made["key"])] == [("key", "7")]
    shell(gateway, "key", "update", made["id"], "--budget", "9")
    shown = json.loads(shell(gateway, "budget", "show", "key", made["id"], "--output", "json"))
    assert shown["limit"] == "9" and shown["document"]["alerts_percent"] == [90], "what else it says stays"
    gateway.stop()
    gateway.start()
    assert [b["limit"] for b in budgets_of(gateway, made["key"])] == ["9"]
    gateway.admin.patch(key, json={"monthly_budget_usd": None}).raise_for_status()
    assert gateway.admin.get(document).status_code == 404
    assert gateway.admin.get(key).json()["monthly_budget_usd"] is None and budgets_of(gateway, made["key"]) == []
    kinds = [r["kind"] for r in gateway.records(key_id=made["id"])]
    assert kinds.count("budget.put") == 3 and kinds.count("budget.delete") == 1 and "key.create" in kinds


# -- top-ups -----------------------------------------------------------------------------------------------------------

def test_a_topup_admits_more_until_it_expires(make_gateway):
    gateway = make_gateway()
    payload, hold = whole_hold(gateway, gateway.new_key()["key"])
    made = gateway.new_key(monthly_budget_usd=usd(hold))
    path = f"/admin/v1/budgets/key/{made['id']}"
    assert [post(gateway, made["key"], payload).status_code for _ in range(2)] == [200, 429]
    shell(gateway, "budget", "topup", "key", made["id"], "--usd", usd(hold), "--reason", "quarter end")
    assert [post(gateway, made["key"], payload).status_code for _ in range(2)] == [200, 429]
    # A short one: room for another call, for as long as it lasts.
    short = gateway.admin.post(path + "/topups", json={"usd": usd(5 * hold), "expires_at": after(seconds=3)})
    assert short.status_code == 201 and nano(short.json()["limit"]) == 7 * hold
    assert post(gateway, made["key"], payload).status_code == 200
    wait_for(lambda: nano(gateway.admin.get(path).json()["limit"]) == 2 * hold, "the top-up expires by itself")
    refused = post(gateway, made["key"], payload).json()["error"]
    assert (refused["code"], nano(refused["limit"])) == ("insufficient_quota", 2 * hold)
    assert gateway.admin.get(path).json()["remaining"] == "0", "what was spent stays spent"
    record = next(r for r in gateway.records(key_id=made["id"])
                  if r["kind"] == "budget.put" and len(r["after"].get("topups", [])) == 1)
    assert record["after"]["topups"][0]["reason"] == "quarter end" and "topups" not in record["before"]


def test_a_topup_whose_answer_was_lost_is_not_granted_twice(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="1")
    path = f"/admin/v1/budgets/key/{made['id']}/topups"
    again = {"idempotency-key": "quarter-end"}
    first, second = (gateway.admin.post(path, json={"usd": "2.5"}, headers=again) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["version"] == second.json()["version"] and len(second.json()["document"]["topups"]) == 1
    other = gateway.admin.post(path, json={"usd": "3"}, headers=again)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert gateway.admin.post(path, json={"usd": "3"}, headers={"idempotency-key": "another"}).status_code == 201


def test_the_refusal_names_the_environment_and_gives_no_advice_that_cannot_help(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    shell(gateway, "budget", "set", "org", "acme", "--env", "test", "--monthly-usd", "0")
    answer = httpx.post(gateway.url + "/v1/chat/completions", json=body(), timeout=60,
                        headers={"authorization": f"Bearer {key}"})
    message = answer.json()["error"]["message"]
    assert answer.status_code == 429 and "this org's environment test" in message, message
    assert "max_tokens" not in message, message


def test_a_topup_ends_with_the_month_and_can_be_ended_sooner(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="5")
    path = f"/admin/v1/budgets/key/{made['id']}"
    for bad in ({"usd": "1", "expires_at": after(days=40)}, {"usd": "1", "expires_at": after(seconds=-5)},
                {"usd": "0"}, {"usd": "-1"}, {}):
        answer = gateway.admin.post(path + "/topups", json=bad)
        assert answer.status_code == 400, bad
    assert gateway.admin.post(f"/admin/v1/budgets/key/{gateway.new_key()['id']}/topups",
                              json={"usd": "1"}).status_code == 404
    granted = gateway.admin.post(path + "/topups", json={"usd": "2.5"}).json()
    assert granted["limit"] == "7.5"
    topup, = granted["document"]["topups"]
    assert topup["expires_at"] == granted["window"]["end"]
    shell(gateway, "budget", "set", "key", made["id"], "--monthly-usd", "6")
    assert gateway.admin.get(path).json()["limit"] == "8.5", "a new limit takes no top-up away"
    shell(gateway, "budget", "end-topup", "key", made["id"], topup["id"])
    assert gateway.admin.get(path).json()["limit"] == "6"
    assert gateway.admin.delete(f"{path}/topups/{topup['id']}").status_code == 404


# -- lower, not refuse -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_policy_lowers_max_tokens_into_what_is_left(make_gateway, sim, stream):
    gateway = make_gateway()
    more = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    payload, hold = whole_hold(gateway, gateway.new_key()["key"], max_tokens=1000, **more)
    limit = hold - 700 * OUT  # room for 300 tokens of output
    made = gateway.new_key(monthly_budget_usd=usd(limit))
    assert post(gateway, made["key"], payload).status_code == 429
    shell(gateway, "policy", "put", "key", made["id"], "-f", "-", stdin="over_budget: lower_max_tokens")
    sim.reset()
    with Watch(gateway, made["key"]) as watch:
        answer = post(gateway, made["key"], payload)
    assert answer.status_code == 200, answer.text
    lowered = int(answer.headers["x-tsg-max-tokens"])
    assert lowered == 300 and watch.worst <= 0
    sent = sim.control.get("/_sim/requests", params={"last": 1}).text
    assert re.search(rf'max(_completion)?_tokens\\*": ?{lowered}\b', sent), sent
    row, = ledger(gateway, "key_id = ?", made["id"])
    assert row["output_tokens"] == lowered and row["cost"] <= row["hold"] <= limit
    matched = gateway.record(answer.headers["x-request-id"])["matched"]
    assert any(m["rule"] == "over_budget" and m["effect"] == f"lower {lowered}" for m in matched), matched
    assert post(gateway, made["key"], payload).status_code == 429, "not even the question fits any more"


# -- what an organisation pays -----------------------------------------------------------------------------------------

TERMS = """
discounts:
- {provider: openai, percent: "12.5"}
- {provider: openai, percent: "50", effective_from: "2099-01-01"}
markups:
- {percent: "5"}
"""


def test_negotiated_prices_and_markups_are_columns_of_their_own(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="5")
    shell(gateway, "prices", "terms", "put", "org", "acme", "-f", "-", stdin=TERMS)
    answer = post(gateway, made["key"], order(40, 80))
    data = json.loads(answer.text, parse_float=Decimal)
    listed = 80 * IN + 40 * OUT
    paid = listed * 7 // 8  # 12.5 % off
    assert nano(data["usage"]["cost_usd"]) == paid == nano(answer.headers["x-tsg-cost-usd"])
    row, = ledger(gateway, "key_id = ?", made["id"])
    assert (row["cost"], row["markup"]) == (paid, 50_000) and row["cost"] <= row["hold"]
    record = gateway.record(answer.headers["x-request-id"])
    assert nano(record["cost_usd"]) == paid and record["price_version"].endswith("+org/acme@1")
    usage = gateway.admin.get("/admin/v1/usage", params={"group_by": "key"}).json()["data"]
    assert sum(nano(r["cost_usd"]) for r in usage if r["key"] == made["id"]) == paid
    assert nano(budgets_of(gateway, made["key"])[0]["settled"]) == paid, "a mark-up is no part of a budget"
    text = gateway.admin.get("/admin/v1/usage", params={"format": "focus"}).text
    rows = [r for r in csv.DictReader(io.StringIO(text, newline="")) if r["x_CredentialId"] == made["id"]]

    def total(column):
        return sum(Decimal(r[column]) for r in rows) * 10**9
    assert total("ListCost") == listed
    assert total("ContractedCost") == total("EffectiveCost") == paid
    assert total("BilledCost") == Decimal(paid) * 105 / 100
    assert {r["x_MarkupPercent"] for r in rows} == {"5"}
    for r in rows:
        assert Decimal(r["ContractedUnitPrice"]) == Decimal(r["ListUnitPrice"]) * 7 / 8
    bad = shell(gateway, "prices", "terms", "put", "org", "acme", "-f", "-", stdin=TERMS.replace("12.5", "112.5"), code=1)
    assert "discounts[0].percent" in bad
    for unquoted in ("12.5", "12"):
        bad = shell(gateway, "prices", "terms", "put", "org", "acme", "-f", "-", stdin=TERMS.replace('"12.5"', unquoted), code=1)
        assert "discounts[0].percent" in bad and "in quotes" in bad
    bad = shell(gateway, "prices", "terms", "put", "org", "acme", "-f", "-", stdin=TERMS.replace("openai", "opnai", 1), code=1)
    assert "'discounts[0].provider'" in bad and "did you mean 'openai'?" in bad
    for amount in ("99999999999999999999", "0.0000000001"):
        bad = shell(gateway, "budget", "set", "org", "acme", "--monthly-usd", amount, code=1)
        assert "at most 9223372036" in bad and "nine decimals" in bad
    assert "12.5" in shell(gateway, "prices", "terms", "get", "org", "acme")


def test_what_was_negotiated_stays_readable_under_the_version_that_rows_name(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key()
    shell(gateway, "prices", "terms", "put", "org", "acme", "-f", "-", stdin=TERMS)
    answer = post(gateway, made["key"], order(40, 80))
    shell(gateway, "prices", "terms", "put", "org", "acme", "-f", "-", stdin=TERMS.replace("12.5", "20"))
    shell(gateway, "prices", "terms", "delete", "org", "acme")
    source = gateway.record(answer.headers["x-request-id"])["price_version"].split("+")[1]
    assert source == "org/acme@1"
    path = "/admin/v1/prices/terms/org/acme/versions"
    versions = gateway.admin.get(path).json()["data"]
    assert [(v["version"], v["deleted"]) for v in versions] == [(3, True), (2, False), (1, False)]
    was = gateway.admin.get(path + "/1").json()
    assert was == versions[2] and was["document"]["discounts"][0]["percent"] == "12.5"
    table = shell(gateway, "prices", "terms", "versions", "org", "acme")
    assert "12.5" in table and "20" in table
    one = json.loads(shell(gateway, "prices", "terms", "versions", "org", "acme", "1", "--output", "json"))
    assert one["hash"] == was["hash"]


def test_the_price_list_is_dated_and_a_bad_file_changes_nothing(make_gateway, tmp_path):
    catalogue = tmp_path / "catalog.json"
    entry = {"provider": "openai", "id": "gpt-4o", "mode": "chat", "status": "current"}
    periods = [{"from": "2020-01-01", "prices": {"input": "2", "output": "8"}},
               {"from": "2099-01-01", "prices": {"input": "1", "output": "4"}}]

    def write(**changed):
        catalogue.write_text(json.dumps({"schema": 1, "source_date": "2026-11-24",
                                         "models": [{**entry, "periods": periods, **changed}]}))

    write()
    gateway = make_gateway(catalog=str(catalogue))
    rows = json.loads(shell(gateway, "prices", "list", "--model", "gpt-4o", "--output", "json"))
    assert [(r["effective_from"][:4], r["usd_per_million"]) for r in rows] == [
        ("2020", {"input": "2", "output": "8"}), ("2099", {"input": "1", "output": "4"})]
    key = gateway.new_key()["key"]
    version = gateway.record(post(gateway, key, body()).headers["x-request-id"])["price_version"]
    write(periods=[{"from": "2020-01-01", "prices": {"input": "-2"}}])
    assert "gpt-4o" in reload(gateway, "running configuration stays")
    assert gateway.record(post(gateway, key, body()).headers["x-request-id"])["price_version"] == version
    write(periods=periods[:1])
    reload(gateway, "configuration reloaded")
    assert gateway.record(post(gateway, key, body()).headers["x-request-id"])["price_version"] != version
