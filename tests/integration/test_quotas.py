"""Our own quotas at providers, and what happens when more comes than can be served."""
import concurrent.futures

import httpx
import pytest
from faults import Seen
from harness import Gateway, body, raw_post, wait_for

QUICK, SLOW = "[[sim:output_tokens=3]]", "[[sim:output_tokens=40,inter_us=50000]]"  # at once; 2 s


@pytest.fixture(scope="module")
def quoted(tmp_path_factory, sim, certificate):
    provider = {"dialect": "openai", "base_url": sim.base_url(), "ca_file": str(certificate[0])}
    names = {"rated": {"requests_per_minute": 2}, "small": {"concurrency": 1}, "waits": {"concurrency": 1},
             "poor": {"usd_per_day": "0.000001"}, "shared": {"concurrency": 4}, "free": None}
    providers = {n: {**provider, **({"quota": q} if q else {})} for n, q in names.items()}
    routes = {f"{n}-or-free": {"targets": [f"{n}/gpt-4o", "free/gpt-4o"]} for n in names if n != "free"}
    gateway = Gateway(tmp_path_factory.mktemp("quotas"), providers, routes=routes,
                      timeouts={"quota_wait_ms": 300, "queue_ms": 300}).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def key(quoted):
    return quoted.new_key(models=["*", "*/*"])["key"]


def running(gateway, key, model, count=1, text=SLOW):
    """So many requests under way at the provider; a list of their connections."""
    lines = [raw_post(gateway.port, key, body(text, model=model, stream=True)) for _ in range(count)]
    for line in lines:
        line.recv(1)  # the first content has come
    return lines


def test_a_rate_that_is_used_up_is_429_with_the_time(quoted, key, sim):
    sent = sim.upstream_requests()
    seen = [Seen(quoted, key, "rated/gpt-4o", False, text=QUICK) for _ in range(3)]
    assert [s.status for s in seen] == [200, 200, 429]
    last = seen[-1]
    assert last.error["code"] == "rate_limit_exceeded" and 1 <= int(last.headers["retry-after"]) <= 31
    assert last.record["candidates"][-1]["reason"] == "quota: requests_per_minute"
    assert "attempts" not in last.record and sim.upstream_requests() == sent + 2, "nothing was sent"


def test_a_quota_that_is_used_up_gives_way_to_the_next_target(quoted, key):
    seen = [Seen(quoted, key, "rated-or-free", False, text=QUICK).record["provider"] for _ in range(3)]
    assert seen[-1] == "free"
    poor = Seen(quoted, key, "poor-or-free", False, text=QUICK)
    assert poor.complete and poor.record["provider"] == "free" and poor.headers["x-tsg-attempts"] == "1"
    assert {"target": "poor/gpt-4o", "reason": "quota: usd_per_day"} in poor.record["candidates"]


def test_places_are_waited_for_but_not_long(quoted, key):
    (line,) = running(quoted, key, "small/gpt-4o")
    assert Seen(quoted, key, "small/gpt-4o", False, text=QUICK).status == 429
    assert Seen(quoted, key, "small-or-free", False, text=QUICK).record["provider"] == "free"
    line.close()  # the client leaves: its place is free again
    wait_for(lambda: Seen(quoted, key, "small/gpt-4o", False, text=QUICK).status == 200, "the place back")


def test_who_waits_gets_the_place(quoted, key):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # each takes a moment, and there is one place
        text = "[[sim:output_tokens=3,latency_ms=20]]"
        seen = list(pool.map(lambda _: Seen(quoted, key, "waits/gpt-4o", False, text=text).status, range(4)))
    assert seen == [200] * 4


def test_one_organisation_does_not_starve_another(quoted, key):
    quoted.seed("other", "web")
    other = quoted.create("/admin/v1/keys", org="other", team="web", environment="test", name="t", allowed_models=["*/*"])["key"]
    assert Seen(quoted, other, "shared/gpt-4o", False, text=QUICK).complete, "it is here"
    lines = running(quoted, key, "shared/gpt-4o", 2)
    assert Seen(quoted, key, "shared/gpt-4o", False, text=QUICK).status == 429, "half is its fair part"
    assert Seen(quoted, other, "shared/gpt-4o", False, text=QUICK).complete
    for line in lines:
        line.close()


def test_quotas_are_visible(quoted, key):
    shared = next(p for p in quoted.admin.get("/admin/v1/providers").json()["data"] if p["id"] == "shared")
    quota = shared["credentials"][0]["quota"]
    assert quota["concurrency"] == 4 and quota["usd_per_day"] is None and "running" in quota


def credential(gateway, provider="openai"):
    found = next(p for p in gateway.admin.get("/admin/v1/providers").json()["data"] if p["id"] == provider)
    return found["credentials"][0]


def test_the_days_money_survives_a_restart_and_a_crash(make_gateway, sim):
    gateway = make_gateway({"openai": {"quota": {"usd_per_day": "20.00"}}})
    key = gateway.new_key()["key"]
    sim.reset()
    assert all(Seen(gateway, key, "gpt-4o", stream, text=QUICK).complete for stream in (False, True))
    spent = credential(gateway)["quota"]["spent_today_usd"]
    assert float(spent) == sim.ledger()["total_usd"] > 0
    for end in (gateway.stop, gateway.kill):
        end()
        gateway.start()
        assert credential(gateway)["quota"]["spent_today_usd"] == spent


# One organisation has asked six times when another comes: it gets the second place, not the seventh.
def test_organisations_take_turns_at_a_place(make_gateway, sim):
    gateway = make_gateway({"openai": {"quota": {"concurrency": 1}}}, timeouts={"quota_wait_ms": 60000})
    gateway.seed("other", "web")
    keys = {"acme": gateway.new_key()["key"],
            "other": gateway.create("/admin/v1/keys", org="other", team="web", environment="test", name="t",
                                    allowed_models=["*"])["key"]}
    (line,) = running(gateway, keys["acme"], "gpt-4o", text="[[sim:output_tokens=400,inter_us=500000]]")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = []
        for n, org in enumerate(["acme"] * 6 + ["other"]):
            asked.append(pool.submit(Seen, gateway, keys[org], "gpt-4o", False, text=QUICK))
            wait_for(lambda: credential(gateway)["quota"]["waiting"] == n + 1, "it stands in line")
        line.close()  # its client leaves
        seen = [a.result() for a in asked]
    assert all(s.complete for s in seen)
    # By the simulator's count of its calls: records of two workers may be committed in another order.
    served = [s.record["org"] for s in sorted(seen, key=lambda s: s.answer_id)]
    assert served == ["acme", "other"] + ["acme"] * 5


def test_beyond_requests_max_a_short_queue_then_503_and_health_goes_on(make_gateway, sim):
    gateway = make_gateway(workers=1, limits={"requests_max": 2}, timeouts={"queue_ms": 200})
    key = gateway.new_key()["key"]
    lines = running(gateway, key, "gpt-4o", 2)
    with gateway.books(sim, records=1, upstream=0):
        refused = httpx.post(gateway.url + "/v1/chat/completions", json=body(QUICK),
                             headers={"authorization": f"Bearer {key}"}, timeout=30)
    assert refused.status_code == 503 and refused.json()["error"]["code"] == "overloaded"
    assert refused.headers["retry-after"] == "1" and refused.headers["x-should-retry"] == "true"
    assert httpx.get(gateway.url + "/readyz").status_code == 200
    assert httpx.get(gateway.url + "/v1/models", headers={"authorization": f"Bearer {key}"}).status_code == 200
    assert gateway.admin.get("/admin/v1/orgs").status_code == 200
    for line in lines:
        line.close()
    wait_for(lambda: httpx.post(gateway.url + "/v1/chat/completions", json=body(QUICK), timeout=30,
                                headers={"authorization": f"Bearer {key}"}).status_code == 200, "room again")
