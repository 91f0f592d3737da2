"""Every recorded answer that carries usage, through the daemon: one amount in the answer, the ledger, the audit record,
the reports and the FOCUS file, to the nano-dollar.

The upstream plays the recorded bytes back. Each case is asked with a key of its own, so that every report shows its
amount by itself. Models the catalogue does not list get a price here: without one there would be no amount to compare."""
import collections
import csv
import io
import json
from decimal import Decimal

import httpx
import pytest
from harness import ROOT, Gateway
from money import ledger, nano
from recorded import DIALECTS, Upstream, cases, question

CASES = cases()
pytestmark = pytest.mark.skipif(not CASES, reason="TSG_FIXTURES names no recordings")
PRICES = {"input": "1.25", "cached_input": "0.125", "output": "10"}
# Recordings that the gateway's own requests never get as an answer, and why.
NOT_PLAYABLE = {
    "legacy-completions": "answers /v1/completions, which the gateway does not call",
    "gemini-array": "a stream as one JSON array (no alt=sse), which the gateway does not ask for",
    "perplexity-embeddings": "Perplexity's embeddings are int8 only and refused (README)",
}
# Recorded failures after the provider had counted: billed, and the client gets an error that tells no amount.
NO_WHOLE_ANSWER = {"malformed-function-call", "truncated-stream", "chat-truncated-stream", "midstream-error",
                   "chat-midstream-error", "responses-midstream-error"}
# Of those: the count came with the failure, so nothing is left to estimate.
COUNTED_TO_THE_END = {"malformed-function-call", "chat-midstream-error"}


def not_playable(case):
    if case.endpoint == "completions":
        return NOT_PLAYABLE["legacy-completions"]
    if case.endpoint == "streamGenerateContent" and not case.stream:
        return NOT_PLAYABLE["gemini-array"]
    if case.provider == "perplexity" and case.embeddings:
        return NOT_PLAYABLE["perplexity-embeddings"]
    return None


def told(answer, stream):
    """The amount the client was told; None: the answer tells none."""
    if not stream:
        return json.loads(answer, parse_float=Decimal)["usage"]["cost_usd"]
    amounts = [json.loads(line[6:], parse_float=Decimal) for line in answer.splitlines()
               if line.startswith("data: ") and line != "data: [DONE]"]
    usages = [a["usage"] for a in amounts if a.get("usage")]
    return usages[-1]["cost_usd"] if usages else None


def ask(http, key, case):
    """(status, text, headers, whether it came whole)"""
    path, payload = question(case)
    with http.stream("POST", path, json=payload, headers={"authorization": f"Bearer {key}"}) as answer:
        pieces = []
        try:
            for piece in answer.iter_bytes():
                pieces.append(piece)
            whole = True
        except httpx.RemoteProtocolError:  # a recorded stream that breaks off
            whole = False
        return answer.status_code, b"".join(pieces).decode(), answer.headers, whole


def reported_by_provider(case):
    """Its own figure, where it gives one, in nano-dollars; streams count up."""
    own = None
    for usage in case.usages():
        if "cost_in_usd_ticks" in usage:
            own = Decimal(usage["cost_in_usd_ticks"]) / 10
        if isinstance(usage.get("cost"), dict) and "total_cost" in usage["cost"]:
            own = Decimal(str(usage["cost"]["total_cost"])) * 10**9
    return own


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """All cases asked once: (case, key id, answer) of each, and the gateway."""
    playable = [c for c in CASES if not not_playable(c)]
    with Upstream(playable) as upstream:
        providers = {name: {"dialect": dialect, "base_url": upstream.url + path, **({"api": api} if api else {})}
                     for name, (dialect, path, api) in DIALECTS.items()}
        entries = json.loads((ROOT / "config/catalog.json").read_text())["models"]
        catalogue = {name for entry in entries for name in (entry["id"], *entry.get("aliases", []))}
        models = {f"{c.instance}/{c.model}": {"mode": "embedding" if c.embeddings else "chat", "status": "current",
                                              "prices": PRICES} for c in playable if c.model not in catalogue}
        gateway = Gateway(tmp_path_factory.mktemp("gw"), providers, models=models).start()
        gateway.seed()
        asked = []
        with httpx.Client(base_url=gateway.url, timeout=60) as http:
            for case in playable:
                made = gateway.new_key(models=[f"{case.instance}/*"])
                asked.append((case, made["id"], ask(http, made["key"], case)))
        yield gateway, asked
        assert gateway.stop() == 0, gateway.log()
        code, text = gateway.verify()
        assert code == 0, text


def amounts_by_key(gateway):
    """What each report says of each key, in nano-dollars; and that their rows sum to the totals."""
    out = {}
    total = sum(r["cost"] or 0 for r in ledger(gateway, "state = 1"))

    def usage(**query):
        answer = gateway.admin.get("/admin/v1/usage", params=query)
        assert answer.status_code == 200, answer.text
        return answer

    out["json"] = {r["key"]: nano(r["cost_usd"]) for r in usage(group_by="key").json()["data"]}
    rows = csv.DictReader(io.StringIO(usage(group_by="key", format="csv").text, newline=""))
    out["csv"] = {r["key"]: nano(r["cost_usd"]) for r in rows}
    focus = list(csv.DictReader(io.StringIO(usage(format="focus").text, newline="")))
    for column in ("EffectiveCost", "BilledCost"):
        sums = collections.defaultdict(int)
        for row in focus:
            sums[row["x_CredentialId"]] += nano(row[column])
        out[column] = dict(sums)
    for name, amounts in out.items():
        assert sum(amounts.values()) == total, f"the rows of {name} do not sum to the ledger"
    assert nano(usage().json()["data"][0]["cost_usd"]) == total
    for row in focus:
        if row["PricingQuantity"]:
            for unit, cost in (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")):
                assert Decimal(row[unit]) * Decimal(row["PricingQuantity"]) == Decimal(row[cost])
    return out


def outcome(gateway, reports, case, key_id, answer):
    """(how it ended, amount), or (what differs, None)."""
    status, text, headers, whole = answer
    row, = ledger(gateway, "key_id = ?", key_id)
    record = gateway.record(headers["x-request-id"])
    cost = row["cost"]
    if row["state"] != 1 or cost is None:
        return "is not settled with an amount", None
    if nano(record["cost_usd"]) != cost or sum(nano(p) for p in record["cost_parts"].values()) != cost:
        return f"audit says {record['cost_usd']} in {record['cost_parts']}, ledger {cost}", None
    if sum(part[2] for part in json.loads(row["parts"] or "[]")) != cost:
        return "the ledger's parts do not sum to its cost", None
    for name, amounts in reports.items():
        if amounts.get(key_id, 0) != cost:
            return f"{name} says {amounts.get(key_id)}, ledger {cost}", None
    own = reported_by_provider(case)
    if own is not None and not row["estimated"] and not 0 <= cost - own < 1:  # a part of a nano-dollar is one
        return f"the provider says {own}, ledger {cost}", None
    unusable = case.meta["kind"] in NO_WHOLE_ANSWER
    if (status != 200 or not whole) != unusable:
        return f"answered {status}, {'whole' if whole else 'broke off'}: {text[:200]}", None
    if case.meta["kind"] in COUNTED_TO_THE_END and row["estimated"]:
        return "is an estimate, although the provider has told its usage", None
    if unusable:
        return "books only: no answer" + (", estimated" if row["estimated"] else ""), cost
    if nano(told(text, case.stream)) != cost:
        return f"the answer says {told(text, case.stream)}, ledger {cost}", None
    if not case.stream and nano(headers["x-tsg-cost-usd"]) != cost:
        return "x-tsg-cost-usd differs", None
    if row["estimated"]:
        return "same, estimated", cost
    return "same", cost


def test_one_amount_everywhere_for_every_recorded_answer(books):
    gateway, asked = books
    reports = amounts_by_key(gateway)
    table, different = collections.Counter(), []
    for case in CASES:
        if reason := not_playable(case):
            table[(case.instance or case.endpoint, case.stream, "cannot be asked for")] += 1
            print(f"  {case.name}: {reason}")
    for case, key_id, answer in asked:
        said, amount = outcome(gateway, reports, case, key_id, answer)
        if amount is None:
            different.append(f"{case.name}: {said}")
        elif said != "same":
            print(f"  {case.name}: {said}, {amount} nano-USD")
        table[(case.instance, case.stream, said if amount is not None else "DIFFERENT")] += 1
    print(f"\n{'instance':18}{'':8}{'outcome':24}cases")
    for (instance, stream, said), count in sorted(table.items()):
        print(f"{instance:18}{'stream' if stream else 'plain':8}{said:24}{count}")
    print(f"{len(CASES)} recorded answers with usage, {len(different)} that differ")
    assert not different, "\n".join(different)
    assert sum(table.values()) == len(CASES)
