"""What the money tests share: the gateway's books and the simulator's bill, in nano-dollars."""
import asyncio
import json
import sqlite3
from decimal import Decimal

import httpx
from harness import body

NANO = Decimal(10) ** 9
IN, OUT = 2_500, 10_000  # gpt-4o, nano-dollars per token


def nano(usd):
    value = Decimal(str(usd)) * NANO
    assert value == int(value), usd
    return int(value)


def usd(amount):
    return str(Decimal(amount) / NANO)


def bill(sim):
    """The simulator's ledger, exactly: its numbers are decimal texts."""
    sim.idle()
    data = json.loads(sim.control.get("/_sim/ledger").text, parse_float=Decimal)
    return data["calls"], nano(data["total_usd"])


def ledger(gateway, where="1", *values):
    """Rows of the ledger as dicts."""
    with sqlite3.connect(f"file:{gateway.data_dir}/tsg.db?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        return [dict(r) for r in db.execute(f"SELECT * FROM ledger WHERE {where} ORDER BY id", values)]


def order(output_tokens, input_tokens=1, max_tokens=50, **more):
    """A request whose bill and hold are known; the text has the same length whatever the numbers."""
    directive = f"[[sim:input_tokens={input_tokens:07d},output_tokens={output_tokens:07d},latency_ms=0100]]"
    return body(directive, max_tokens=max_tokens, service_tier="default", **more)


def hold_of(gateway, key, payload):
    """What the gateway puts aside for it: of one call outside any budget."""
    answer = httpx.post(gateway.url + "/v1/chat/completions", json=payload, timeout=60,
                        headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    request_id = bytes.fromhex(answer.headers["x-request-id"].replace("-", ""))
    return ledger(gateway, "request_id = ?", request_id)[0]["hold"]


def whole_hold(gateway, key, max_tokens=50, **more):
    """A request that is billed what was held for it, but for the 14 nano-dollars kept for rounding; and its hold."""
    hold = hold_of(gateway, key, order(1, max_tokens=max_tokens, **more))
    tokens, rest = divmod(hold - 14 - max_tokens * OUT, IN)
    assert rest == 0
    return order(max_tokens, tokens, max_tokens, **more), hold


async def _post_all(gateway, key, payloads, headers):
    limits = httpx.Limits(max_connections=len(payloads))
    async with httpx.AsyncClient(base_url=gateway.url, limits=limits, timeout=120) as http:
        async def one(payload, number):
            mine = {"authorization": f"Bearer {key}", **(headers(number) if headers else {})}
            return await http.post("/v1/chat/completions", json=payload, headers=mine)
        return await asyncio.gather(*(one(p, i) for i, p in enumerate(payloads)))


def post_all(gateway, key, payloads, headers=None):
    """All at once; the answers in order."""
    return asyncio.run(_post_all(gateway, key, payloads, headers))
