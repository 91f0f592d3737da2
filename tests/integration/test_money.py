"""Budgets that cannot be overspent, keys that cannot be paid twice: seen from outside, against the simulator's bill."""
import threading
import time

import httpx
import pytest
from harness import body, raw_post, wait_for
from money import IN, OUT, bill, hold_of, ledger, nano, order, post_all, usd, whole_hold


def post(gateway, key, payload, **headers):
    return httpx.post(gateway.url + "/v1/chat/completions", json=payload, timeout=60,
                      headers={"authorization": f"Bearer {key}", **headers})


def usage_of(gateway, key):
    return httpx.get(gateway.url + "/v1/usage", headers={"authorization": f"Bearer {key}"}, timeout=60).json()


def settled(gateway, key_id):
    return sum(r["cost"] or 0 for r in ledger(gateway, "key_id = ? AND state = 1", key_id))


def settled_in_all(gateway):
    return sum(r["cost"] or 0 for r in ledger(gateway, "state = 1"))


class Watch:
    """Polls the key's budget from outside; held + settled must never pass the limit."""

    def __init__(self, gateway, key):
        self.worst, self.polls, self.stop = 0, 0, threading.Event()
        self.thread = threading.Thread(target=self.run, args=[gateway, key])

    def run(self, gateway, key):
        with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
            while not self.stop.is_set():
                for budget in http.get("/v1/usage").json()["budgets"]:
                    over = nano(budget["settled"]) + nano(budget["held"]) - nano(budget["limit"])
                    self.worst = max(self.worst, over)
                self.polls += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


# -- a cap that holds --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("levels", ["key", "three"])
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_500_parallel_calls_on_a_budget_of_50_holds(make_gateway, sim, stream, levels):
    gateway = make_gateway()
    payload, hold = whole_hold(gateway, gateway.new_key()["key"], stream=stream)
    made = gateway.new_key(monthly_budget_usd=usd(50 * hold))
    scope = ("key", made["id"])
    if levels == "three":  # the one in the middle is the tightest; one call was made before them
        scope = ("team", "acme.web")
        for path, holds in ((f"key/{made['id']}", 60), ("team/acme.web?environment=test", 50), ("org/acme", 70)):
            spent = 0 if path.startswith("key") else settled_in_all(gateway)
            gateway.admin.put(f"/admin/v1/budgets/{path}",
                              json={"monthly_usd": usd(holds * hold + spent)}).raise_for_status()
    sim.reset()
    with Watch(gateway, made["key"]) as watch:
        answers = post_all(gateway, made["key"], [payload] * 500)
    good = [a for a in answers if a.status_code == 200]
    refused = [a for a in answers if a.status_code == 429]
    assert (len(good), len(refused)) == (50, 450), {a.status_code for a in answers}
    error = refused[0].json()["error"]
    assert error["code"] == "insufficient_quota" and refused[0].headers["x-should-retry"] == "false"
    assert (error["scope"], error["scope_id"]) == scope
    assert nano(error["used"]) + nano(error["held"]) + hold > nano(error["limit"]) and error["resets_at"].endswith("Z")
    calls, total = bill(sim)
    assert len(calls) == 50 and total == settled(gateway, made["id"]) == 50 * (hold - 14)
    assert watch.polls > 3 and watch.worst <= 0


def test_billing_less_than_the_holds_admits_more_and_never_passes_the_cap(make_gateway, sim):
    gateway = make_gateway()
    _, hold = whole_hold(gateway, gateway.new_key()["key"])
    made = gateway.new_key(monthly_budget_usd=usd(50 * hold))
    cheap = order(10, 20)
    sim.reset()
    with Watch(gateway, made["key"]) as watch:
        answers = post_all(gateway, made["key"], [cheap] * 200)
    good = [a for a in answers if a.status_code == 200]
    assert len(good) >= 50
    calls, total = bill(sim)
    assert len(calls) == len(good) and total == settled(gateway, made["id"]) <= 50 * hold
    assert watch.worst <= 0
    own = usage_of(gateway, made["key"])
    assert own["requests"] == len(good) and nano(own["cost_usd"]) == total
    assert own["budgets"][0]["held"] == "0" and nano(own["budgets"][0]["settled"]) == total


def test_retries_and_aborts_are_paid_for_once_each_and_stay_within_the_cap(make_gateway, sim):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="0.50")
    sim.reset()
    with Watch(gateway, made["key"]) as watch:
        for number in range(30):
            slow = body("[[sim:output_tokens=200,inter_us=5000]]", max_tokens=200, stream=True)
            connection = raw_post(gateway.port, made["key"], slow)
            if number % 3:
                connection.recv(65536)
            connection.close()
            post(gateway, made["key"], body("[[sim:fault=500]]", max_tokens=20))
        wait_for(lambda: not ledger(gateway, "state = 0"), "all is settled")
    assert watch.worst <= 0
    for row in ledger(gateway, "key_id = ?", made["id"]):
        assert row["cost"] <= row["hold"], "an estimate never exceeds what was held"
    _, total = bill(sim)
    assert settled(gateway, made["id"]) >= total


def test_what_has_no_bound_is_refused_under_a_budget_only(make_gateway):
    gateway = make_gateway()
    free, capped = gateway.new_key()["key"], gateway.new_key(monthly_budget_usd="5")["key"]
    search = body(web_search_options={}, model="gpt-4o")
    answer = post(gateway, capped, search)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "unbounded_cost")
    assert "'max_tool_calls'" in answer.json()["error"]["message"], "the way out"
    unknown = body(model="openai/nobody-knows-its-price")
    answer = post(gateway, capped, unknown)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "model_unpriced")
    answer = post(gateway, free, unknown)
    assert answer.status_code == 200 and answer.json()["usage"]["cost_usd"] is None


def test_a_search_that_the_client_limits_is_held_for_and_settled_at_what_it_was(make_gateway, sim):
    gateway = make_gateway()
    capped = gateway.new_key(monthly_budget_usd="50")
    search = body("[[sim:searches=2,input_tokens=9000,output_tokens=30]]", model="gpt-4.1", max_tokens=100,
                  web_search_options={}, max_tool_calls=2)
    answer = post(gateway, capped["key"], search)
    assert answer.status_code == 200, answer.text
    sent = sim.control.get("/_sim/requests", params={"last": 1}).text
    assert "max_tool_calls" in sent and "web_search" in sent
    row, = ledger(gateway, "key_id = ?", capped["id"])
    # 9,000 at 2 and 30 at 8 USD a million, two searches at 10 for a thousand.
    assert row["cost"] == 9_000 * 2_000 + 30 * 8_000 + 20_000_000 == nano(answer.json()["usage"]["cost_usd"])
    assert row["hold"] > 3 * 1_000_000 * 2_000, "three contexts"
    assert nano(usage_of(gateway, capped["key"])["budgets"][0]["held"]) == 0


def test_an_output_limit_is_sent_upstream_where_the_client_gave_none(make_gateway, sim):
    gateway = make_gateway()
    post(gateway, gateway.new_key(monthly_budget_usd="5")["key"], body("[[sim:text=hi]]"))
    sent = sim.control.get("/_sim/requests", params={"last": 1}).text
    assert "4096" in sent


def test_zero_is_nothing(make_gateway):
    gateway = make_gateway()
    answer = post(gateway, gateway.new_key(monthly_budget_usd="0")["key"], body())
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")


# -- usage that cannot be ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("fault", ["usage-negative", "usage-huge"])
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_impossible_usage_is_replaced_by_an_estimate_with_an_alert(make_gateway, fault, stream):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="1")
    answer = post(gateway, made["key"], body(f"[[sim:output_tokens=20,fault={fault}]]", max_tokens=50, stream=stream))
    assert answer.status_code == 200
    row = ledger(gateway, "key_id = ?", made["id"])[0]
    assert row["estimated"] == 1 and 0 < row["cost"] <= row["hold"]
    assert [r["request_id"] for r in gateway.records() if r["kind"] == "usage_invalid"] == [
        answer.headers["x-request-id"]]


def test_more_than_the_hold_is_recorded_in_full_with_an_alert(make_gateway):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="1")
    answer = post(gateway, made["key"], order(50, 100_000))
    row = ledger(gateway, "key_id = ?", made["id"])[0]
    assert row["cost"] == 100_000 * IN + 50 * OUT > row["hold"]
    alert = next(r for r in gateway.records() if r["kind"] == "budget_overrun")
    assert alert["request_id"] == answer.headers["x-request-id"]
    assert nano(alert["after"]["cost_usd"]) == row["cost"] and nano(alert["after"]["held_usd"]) == row["hold"]


def test_a_stream_that_passes_its_hold_is_cut(make_gateway, sim):
    gateway = make_gateway()
    made = gateway.new_key(monthly_budget_usd="1")
    sim.reset()
    with httpx.stream("POST", gateway.url + "/v1/chat/completions", timeout=60,
                      headers={"authorization": f"Bearer {made['key']}"},
                      json=body("[[sim:output_tokens=400,inter_us=3000,fault=overrun]]", max_tokens=200,
                                stream=True)) as answer:
        text = ""
        with pytest.raises(httpx.RemoteProtocolError):  # no terminating chunk
            for piece in answer.iter_text():
                text += piece
    assert '"code":"insufficient_quota"' in text and "[DONE]" not in text
    row = wait_for(lambda: ledger(gateway, "key_id = ? AND state = 1", made["id"]), "settled")[0]
    assert row["estimated"] == 1 and row["cost"] >= 200 * OUT
    _, total = bill(sim)
    assert row["cost"] >= total


# -- alerts ------------------------------------------------------------------------------------------------------------

def test_alerts_come_once_at_each_percentage(make_gateway):
    gateway = make_gateway()
    payload, hold = whole_hold(gateway, gateway.new_key()["key"])
    made = gateway.new_key(monthly_budget_usd=usd(10 * hold))
    for _ in range(10):
        assert post(gateway, made["key"], payload).status_code == 200
    alerts = [r for r in gateway.records() if r["kind"] == "budget.alert"]
    assert [a["after"]["percent"] for a in reversed(alerts)] == [50, 80]  # 126 nano-dollars short of all of it
    assert all(a["key_id"] == made["id"] and a["after"]["scope"] == "key" for a in alerts)
    assert all((a["org"], a["team"]) == ("acme", "web") for a in alerts), "what an organisation's auditor asks for"
    for _ in range(2):  # but not enough for one more: to who pays that is all of it
        assert post(gateway, made["key"], payload).status_code == 429
    alerts = [r for r in gateway.records() if r["kind"] == "budget.alert"]
    assert [a["after"]["percent"] for a in reversed(alerts)] == [50, 80, 100]
    assert nano(alerts[0]["after"]["refused_usd"]) == hold


# -- idempotency -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_200_concurrent_requests_with_one_key_are_one_call(make_gateway, sim, stream):
    gateway = make_gateway()
    made = gateway.new_key()
    payload = body("[[sim:output_tokens=30,latency_ms=300]]", max_tokens=50, stream=stream,
                   **({"stream_options": {"include_usage": True}} if stream else {}))
    sim.reset()
    answers = post_all(gateway, made["key"], [payload] * 200,
                       lambda n: {"idempotency-key": "order-1" if n % 2 else '"order-1"'})
    first = [a for a in answers if a.status_code == 200 and "idempotent-replayed" not in a.headers]
    again = [a for a in answers if a.status_code == 200 and "idempotent-replayed" in a.headers]
    waits = [a for a in answers if a.status_code == 409]
    assert len(first) == 1 and len(first) + len(again) + len(waits) == 200
    assert all(a.json()["error"]["code"] == "idempotency_in_progress" and int(a.headers["retry-after-ms"]) > 0
               for a in waits)
    calls, total = bill(sim)
    assert len(calls) == 1 and settled(gateway, made["id"]) == total
    gateway.stop()
    gateway.start()
    replay = post(gateway, made["key"], payload, **{"idempotency-key": "order-1"})
    for copy in [*again, replay]:
        assert copy.content == first[0].content and copy.status_code == first[0].status_code
        assert copy.headers["content-type"] == first[0].headers["content-type"]
        assert copy.headers["x-tsg-original-request-id"] == first[0].headers["x-request-id"]
        assert copy.headers["x-request-id"] != first[0].headers["x-request-id"]
    assert replay.headers["idempotent-replayed"] == "true"
    record = gateway.record(replay.headers["x-request-id"])
    assert record["replayed"] is True and record["original_request_id"] == first[0].headers["x-request-id"]
    assert "cost_usd" not in record and settled(gateway, made["id"]) == total


def test_a_replay_is_given_when_the_budget_is_spent_and_not_after_revocation(make_gateway):
    gateway = make_gateway()
    payload, hold = whole_hold(gateway, gateway.new_key()["key"])
    made = gateway.new_key(monthly_budget_usd=usd(hold))
    first = post(gateway, made["key"], payload, **{"idempotency-key": "a"})
    assert first.status_code == 200
    assert post(gateway, made["key"], payload, **{"idempotency-key": "b"}).status_code == 429
    assert post(gateway, made["key"], payload, **{"idempotency-key": "a"}).content == first.content
    gateway.admin.post(f"/admin/v1/keys/{made['id']}/revoke").raise_for_status()
    assert post(gateway, made["key"], payload, **{"idempotency-key": "a"}).status_code == 401


def test_another_body_another_key_and_bad_headers(make_gateway, sim):
    gateway = make_gateway()
    one, two = gateway.new_key()["key"], gateway.new_key()["key"]
    sim.reset()
    header = {"idempotency-key": "k"}
    first = post(gateway, one, body("a"), **header)
    other = post(gateway, one, body("b"), **header)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert post(gateway, one, body("a", stream=True), **header).status_code == 422
    elsewhere = post(gateway, two, body("a"), **header)
    assert "idempotent-replayed" not in elsewhere.headers and len(bill(sim)[0]) == 2
    assert post(gateway, one, body("a"), **header).content == first.content
    for bad in ("x" * 256, "two words", '"open', ""):
        assert post(gateway, one, body("a"), **{"idempotency-key": bad}).status_code == 400, bad
    twice = httpx.post(gateway.url + "/v1/chat/completions", json=body("a"), timeout=60, headers=[
        ("authorization", f"Bearer {one}"), ("idempotency-key", "k"), ("idempotency-key", "k")])
    assert twice.status_code == 400


def test_what_the_provider_refused_is_replayed_and_what_it_did_not_do_is_tried_again(make_gateway, sim):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    too_long = body("[[sim:fault=context-length]]")
    first = post(gateway, key, too_long, **{"idempotency-key": "long"})
    again = post(gateway, key, too_long, **{"idempotency-key": "long"})
    assert first.status_code == again.status_code == 400 and again.headers["idempotent-replayed"] == "true"
    assert first.content == again.content
    once = body("[[sim:fault=500-once]] unique to this test")
    assert post(gateway, key, once, **{"idempotency-key": "once"}).status_code >= 500
    good = post(gateway, key, once, **{"idempotency-key": "once"})
    assert good.status_code == 200 and "idempotent-replayed" not in good.headers


def test_an_answer_that_got_lost_is_reported_not_bought_again(make_gateway, sim):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    sim.reset()
    cut = body("[[sim:output_tokens=50,fault=cut-stream]]", stream=True)
    with pytest.raises(httpx.HTTPError):
        post(gateway, key, cut, **{"idempotency-key": "lost"})
    answer = post(gateway, key, cut, **{"idempotency-key": "lost"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_indeterminate")
    assert answer.headers["x-should-retry"] == "false" and len(bill(sim)[0]) == 1


def test_an_answer_too_large_to_keep_says_so(make_gateway, sim):
    gateway = make_gateway(limits={"idempotency_answer_bytes_max": 1024})
    key = gateway.new_key()["key"]
    sim.reset()
    large = body("[[sim:output_tokens=2000]]", max_tokens=3000)
    assert post(gateway, key, large, **{"idempotency-key": "big"}).status_code == 200
    answer = post(gateway, key, large, **{"idempotency-key": "big"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_response_too_large")
    assert len(bill(sim)[0]) == 1


def test_stored_answers_are_not_readable_on_disk(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    secret = "canary-answer-text-9f2c"
    assert secret in post(gateway, key, body(f"[[sim:text={secret}]]"), **{"idempotency-key": "s"}).text
    gateway.stop()
    for file in gateway.data_dir.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file
