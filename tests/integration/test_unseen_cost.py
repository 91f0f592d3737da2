"""What the meter cannot see is never cheap to the one who leaves, and what it is told is not believed beyond what can be.

Reasoning streams that are read for their visible answer and left before their count; a provider that counts tokens no
model can produce; one organisation that keeps so many answers that nobody else's would fit."""
import http.server
import json
import threading

import httpx
import pytest
from harness import Gateway, body, wait_for
from money import bill, ledger, nano, post_all
from raw import Raw, request
from vendors import catalogue_sim

THOUGHTFUL = "[[sim:output_tokens=3020,reasoning=3000,inter_us=20000]]"
TARGETS = ["openai/gpt-5.4", "responses/gpt-5.4", "anthropic/claude-opus-5-5"]
ABSURD = 2**40


class Broken:
    """A self-hosted provider that counts what its model's name says."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                count = int(asked["model"].split("-")[-1])
                usage = (f'{{"prompt_tokens":7,"completion_tokens":{count},"completion_tokens":{count}}}'
                         if "twice" in asked["model"] else f'{{"prompt_tokens":7,"completion_tokens":{count}}}')
                answer = (f'{{"id":"c","object":"chat.completion","created":1,"model":"{asked["model"]}","choices":'
                          f'[{{"index":0,"message":{{"role":"assistant","content":"hi"}},"finish_reason":"stop"}}],'
                          f'"usage":{usage}}}').encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def sim(certificate):
    with catalogue_sim(certificate) as sim:
        yield sim


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, certificate, sim):
    broken = Broken()
    ca = {"ca_file": str(certificate[0])}
    prices = {"mode": "chat", "prices": {"input": "500", "output": "500"}}
    dear = {"mode": "chat", "prices": {"input": "1", "output": "9000000000"}, "max_output_tokens": 2_000_000}
    gateway = Gateway(
        tmp_path_factory.mktemp("unseen"),
        {"openai": {"base_url": sim.base_url(), "api": "chat", **ca},
         "responses": {"dialect": "openai", "base_url": sim.base_url(), "api": "responses", **ca},
         "anthropic": {"base_url": sim.base_url(path="/anthropic"), **ca},
         "broken": {"dialect": "openai", "base_url": f"http://127.0.0.1:{broken.server.server_address[1]}/v1"}},
        models={f"broken/m-{ABSURD}": prices, "broken/twice-12": prices, "broken/dear-2000000": dear},
        limits={"idempotency_store_bytes_max": 65536}).start()
    gateway.seed()
    gateway.seed("other", "web")
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text
    broken.stop()


def new_key(gateway, org="acme", **more):
    return gateway.create("/admin/v1/keys", org=org, team="web", environment="test", name="k",
                          allowed_models=["*", "*/*"], **more)


def settled(gateway, key_id, count=1):
    return wait_for(lambda: len(rows := ledger(gateway, "key_id = ? AND state = 1", key_id)) == count and rows,
                    "all is settled")


def post(gateway, key, payload, **headers):
    return httpx.post(gateway.url + "/v1/chat/completions", json=payload, timeout=60,
                      headers={"authorization": f"Bearer {key}", **headers})


@pytest.mark.parametrize("target", TARGETS)
def test_who_reads_the_answer_and_leaves_before_its_count_pays_for_the_thoughts(gateway, sim, target):
    made = new_key(gateway, monthly_budget_usd="50")
    sim.reset()
    with Raw(gateway.port) as connection:
        connection.send(request(made["key"], body(THOUGHTFUL, model=target, stream=True, max_tokens=4000,
                                                  reasoning_effort="high")))
        connection.take_until(b'"content":"')
        connection.take_until(b'"content":"')  # a word, not the role
    row, = settled(gateway, made["id"])
    calls, total = bill(sim)
    assert len(calls) == 1 and calls[0]["complete"] is True, "it was read to its end"
    assert (row["cost"], row["estimated"]) == (total, 0), "billed by the provider's count, to the nano-dollar"
    record, = gateway.records(key_id=made["id"], kind="request")
    assert (record["status"], record["code"], record["complete"]) == (499, "client_gone", False)
    assert record["usage"]["reasoning"] == 3000


def test_a_stream_that_breaks_after_long_thought_costs_what_was_held(gateway, sim):
    made = new_key(gateway, monthly_budget_usd="50")
    sim.reset()
    with pytest.raises(httpx.HTTPError):
        post(gateway, made["key"], body("[[sim:output_tokens=3020,reasoning=3000,fault=cut-stream]]",
                                        model="openai/gpt-5.4", stream=True, max_tokens=4000, service_tier="default"))
    row, = settled(gateway, made["id"])
    _, total = bill(sim)
    assert row["estimated"] == 1 and total <= row["cost"] <= row["hold"]
    assert row["cost"] >= 4000 * 15_000, "all the output that was allowed"


def test_counts_that_no_model_can_produce_do_not_open_a_budget(gateway):
    made = new_key(gateway, monthly_budget_usd="1000")
    payload = body(model=f"broken/m-{ABSURD}", max_tokens=1000)
    answers = post_all(gateway, made["key"], [payload] * 9)
    assert [a.status_code for a in answers] == [200] * 9
    for row in settled(gateway, made["id"], 9):
        assert row["estimated"] == 1 and 1000 * 500_000 <= row["cost"] <= row["hold"]
    used = httpx.get(gateway.url + "/v1/usage", headers={"authorization": f"Bearer {made['key']}"}).json()["budgets"][0]
    assert 0 < nano(used["settled"]) <= nano(used["limit"])
    assert len(gateway.records(key_id=made["id"], kind="usage_invalid")) == 9


def test_money_that_has_no_end_fills_a_budget_and_never_turns_negative(gateway):
    made = new_key(gateway, monthly_budget_usd="9000000000")
    payload = body(model="broken/dear-2000000", max_tokens=1)
    for expected in (200, 429):  # two million tokens at 9,000 USD each are more than 64 bits of nano-dollars
        assert post(gateway, made["key"], payload).status_code == expected
    for _ in range(2):
        used, = httpx.get(gateway.url + "/v1/usage", headers={"authorization": f"Bearer {made['key']}"}).json()["budgets"]
        assert nano(used["settled"]) == 2**63 - 1 and nano(used["remaining"]) == 0
        assert post(gateway, made["key"], payload).status_code == 429
        gateway.stop()
        gateway.start()
    row, = settled(gateway, made["id"])
    assert row["cost"] == 2**63 - 1
    record = gateway.records(key_id=made["id"], kind="request")[-1]
    assert (record["status"], nano(record["cost_usd"])) == (200, 2**63 - 1)


def test_usage_that_names_a_count_twice_is_no_broken_answer(gateway):
    made = new_key(gateway)
    answer = post(gateway, made["key"], body(model="broken/twice-12"))
    assert answer.status_code == 200 and answer.json()["usage"]["completion_tokens"] == 12
    assert nano(answer.json()["usage"]["cost_usd"]) == (7 + 12) * 500_000


def test_an_organisation_that_keeps_much_takes_no_answer_of_another(gateway, sim):
    loud, quiet = new_key(gateway), new_key(gateway, org="other")
    small = body("[[sim:text=kept]]", model="openai/gpt-4o")
    first = post(gateway, quiet["key"], small, **{"idempotency-key": "mine"})
    large = body("[[sim:output_tokens=1500]]", model="openai/gpt-4o", max_tokens=2000)
    for n in range(14):
        assert post(gateway, loud["key"], large, **{"idempotency-key": f"loud-{n}"}).status_code == 200
    again = post(gateway, quiet["key"], small, **{"idempotency-key": "mine"})
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (200, "true")
    assert again.content == first.content
    late = body("[[sim:text=late]]", model="openai/gpt-4o")
    post(gateway, quiet["key"], late, **{"idempotency-key": "late"})
    assert post(gateway, quiet["key"], late, **{"idempotency-key": "late"}).headers["idempotent-replayed"] == "true"
    oldest = post(gateway, loud["key"], large, **{"idempotency-key": "loud-0"})
    assert (oldest.status_code, oldest.json()["error"]["code"]) == (409, "idempotency_response_too_large")
    newest = post(gateway, loud["key"], large, **{"idempotency-key": "loud-13"})
    assert newest.headers["idempotent-replayed"] == "true"
    series = gateway.admin.get("/metrics").text
    kept = float(next(x for x in series.splitlines() if x.startswith("tsg_idempotent_answer_bytes ")).split()[1])
    gone = float(next(x for x in series.splitlines() if x.startswith("tsg_idempotent_answers_given_up_total ")).split()[1])
    assert 0 < kept <= 65536 and gone >= 1
