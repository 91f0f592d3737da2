"""Fault x stage x plain/stream, in every dialect: what the client saw, attempts, who was billed, what the ledger says.

In every row: one complete answer or one clear error; no byte twice; the provider's bill is in the ledger; a healthy
second target is used wherever no content byte had gone out. The table is printed after the run.
"""
import pytest
from faults import (BEFORE, CLIENT, DIALECTS, DURING, FAULTS, HARMLESS, TOLD, Seen, catalogue_entry,
                    expired_certificate, ledger_rows)
from harness import Gateway, Sim
from vendors import catalogue_sim

KINDS = {"plain": False, "stream": True}
CONNECTION = ["refused", "untrusted", "expired", "unresolvable"]  # what never gets as far as a dialect


@pytest.fixture(scope="module")
def sim(certificate):
    with catalogue_sim(certificate) as sim:
        yield sim


@pytest.fixture(scope="module")
def routed(tmp_path_factory, sim, certificate):
    folder = tmp_path_factory.mktemp("faults")
    ca = {"ca_file": str(certificate[0])}
    old = expired_certificate(folder)
    expired = Sim(*old)
    providers = {"second": {"dialect": "openai", "base_url": sim.base_url(), **ca},
                 "refused": {"dialect": "openai", "base_url": "http://127.0.0.1:1/v1"},
                 "untrusted": {"dialect": "openai", "base_url": sim.base_url()},
                 "expired": {"dialect": "openai", "base_url": expired.base_url(), "ca_file": str(old[0])},
                 "unresolvable": {"dialect": "openai", "base_url": "https://nowhere.invalid/v1"}}
    routes = {f"{c}-{kind}": {"targets": [f"{c}/gpt-4o", "second/gpt-4o"]} for c in CONNECTION for kind in KINDS}
    models = {}
    for name, (path, model, more) in DIALECTS.items():
        entry = catalogue_entry(name)
        for kind in KINDS:  # one instance for each: what one has seen of a fault says nothing to the other
            providers[f"{name}-{kind}"] = {"base_url": sim.base_url(path=path), **ca, **more}
            for fault in FAULTS:
                models[f"{name}-{kind}/{model}-sim-{fault}"] = entry
                routes[f"{name}-{kind}-{fault}"] = {"targets": [f"{name}-{kind}/{model}-sim-{fault}", "second/gpt-4o"]}
    gateway = Gateway(folder, providers, models=models, routes=routes,
                      timeouts={"first_byte_ms": 3000, "stream_idle_ms": 3000, "request_total_ms": 60000}).start()
    gateway.seed()
    yield gateway
    expired.stop()
    second = next(p for p in gateway.admin.get("/admin/v1/providers").json()["data"] if p["id"] == "second")
    assert second["health"] == "ok" and all(e["ejections"] == 0 for e in second["endpoints"]), "the innocent one"
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def key(routed):
    return routed.new_key(models=["*", "*/*"])["key"]


@pytest.fixture(scope="module")
def whole(routed, key):
    return Seen(routed, key, "second/gpt-4o", False).words


def judge(request, routed, key, sim, dialect, kind, fault, route):
    """The rules that every row keeps; what it has seen."""
    sim.reset()
    seen = Seen(routed, key, route, KINDS[kind])
    calls = sim.ledger()["calls"]
    bill = round(sum(c["cost_usd"] or 0 for c in calls) * 1e9)
    rows = ledger_rows(routed, seen.request_id)
    booked = sum(cost for _, cost in rows)
    attempts = seen.record["attempts"]
    billed = [c["provider"] for c in calls if c["cost_usd"]]
    request.node.user_properties.append(("fault table", [
        dialect, fault, kind, attempts[0]["stage"], f"{seen.status} " + ("complete" if seen.complete else seen.error["code"]),
        str(len(attempts)), "+".join(billed) or "nobody", f"{booked / 1e9:.9f}", f"{bill / 1e9:.9f}"]))
    assert seen.complete != seen.clear_error, "one complete answer or one clear error"
    assert all(state != 0 for state, _ in rows), "nothing stays held"
    assert booked >= bill, "the provider's bill is in the ledger"
    if not seen.record.get("estimated"):
        assert booked == bill, "to the nano where every provider said what it counted"
    if seen.complete:
        assert int(seen.headers["x-tsg-attempts"]) == len(attempts)
        assert seen.record["complete"] is True and seen.record["verdict"] == "allow"
    else:
        assert seen.record["complete"] is False and seen.record["code"] == seen.error["code"]
    return seen


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_fault(request, routed, key, sim, whole, dialect, kind, fault):
    seen = judge(request, routed, key, sim, dialect, kind, fault, f"{dialect}-{kind}-{fault}")
    attempts, second = len(seen.record["attempts"]), seen.record["provider"] == "second"
    if fault in CLIENT:
        assert attempts == 1 and seen.status == 400 and seen.error["code"] == "context_length_exceeded"
    elif fault in BEFORE:
        if fault in TOLD:
            assert not seen.record.get("estimated"), "as an error status: only the second target's answer is booked"
        assert seen.complete and second and attempts == 2, "the second target is well and nothing had gone out"
    elif fault == "no-terminator" and (dialect, kind) == ("chat", "stream"):
        assert seen.complete and attempts == 1, "every choice had ended, and so had the body: only [DONE] is missing"
    elif fault in DURING and kind == "stream":
        assert seen.complete == second, "the second serves whole, or the first had begun"
        assert seen.complete or seen.text, "an error only because content had gone out"
    elif fault in DURING:
        assert seen.complete and second == (attempts == 2)
    elif fault in HARMLESS:
        assert seen.complete and attempts == 1
    if seen.complete and second:
        assert seen.words == whole, "no byte twice, none missing"


@pytest.mark.parametrize("fault", CONNECTION)
@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_that_is_not_reached(request, routed, key, sim, whole, kind, fault):
    seen = judge(request, routed, key, sim, "-", kind, fault, f"{fault}-{kind}")
    assert seen.complete and seen.record["provider"] == "second" and seen.words == whole
    assert [a["stage"] for a in seen.record["attempts"]] == ["dial", "done"]
    assert len(sim.ledger()["calls"]) == 1, "nothing was sent to anybody else"
