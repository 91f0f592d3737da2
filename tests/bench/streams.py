"""Streamed answers: the delay of each event, many open at once, and how soon a provider is hung up on."""
import asyncio
import json
import ssl
import time

from harness import body
from load import rss_mb

EVENTS = 200


TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # one: making 2,000 would keep the loop from shaking hands
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE


async def opened(port, key, payload, tls, path="/v1/chat/completions"):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=TRUSTING if tls else None)
    data = json.dumps(payload).encode()
    writer.write(f"POST {path} HTTP/1.1\r\nhost: b\r\nauthorization: Bearer {key}\r\nconnection: close\r\n"
                 f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
    return reader, writer


async def one(port, key, payload, tls=False, path="/v1/chat/completions"):
    """(complete?, gaps between events in ms)"""
    reader, writer = await opened(port, key, payload, tls, path)
    gaps, last, done = [], None, False
    while line := await reader.readline():
        if line.startswith(b"data: "):
            now = time.perf_counter()
            if last is not None:
                gaps.append((now - last) * 1e3)
            last, done = now, done or line.startswith(b"data: [DONE]")
    writer.close()
    return done, gaps


async def event_delay(gateway, key, sim, row):
    """200 events, 5 ms apart, straight and through the gateway: the difference is ours."""
    payload = body(f"[[sim:output_tokens={EVENTS},inter_us=5000]]", stream=True)
    for name, port, path in (("direct", sim.port, "/openai/v1/chat/completions"), ("tsg", gateway.port, "/v1/chat/completions")):
        done, gaps = await one(port, key, payload, path=path)
        assert done, f"{name}: the stream did not end well"
        gaps.sort()
        row |= {f"{name}_gap_p50_ms": gaps[len(gaps) // 2], f"{name}_gap_p99_ms": gaps[int(len(gaps) * 0.99)]}
    row["added_gap_p50_ms"] = row["tsg_gap_p50_ms"] - row["direct_gap_p50_ms"]
    row["added_gap_p99_ms"] = row["tsg_gap_p99_ms"] - row["direct_gap_p99_ms"]


async def many_open(gateway, key, pid, row, streams, seconds, tls):
    """So many at once, an event a tenth of a second each; memory when all are open; the longest wait of any."""
    payload = body(f"[[sim:output_tokens={seconds * 10},inter_us=100000]]", stream=True)
    before = rss_mb(pid)
    gate = asyncio.Semaphore(100)  # handshakes at once, on either hop: a dial has its deadline
    open_now = open_peak = 0

    async def run():
        nonlocal open_now, open_peak
        async with gate:
            reader, writer = await opened(gateway.port, key, payload, tls)
            await reader.readuntil(b"\r\n\r\n")
        open_now += 1
        open_peak = max(open_peak, open_now)
        last, worst, done = None, 0, False
        while line := await reader.readline():
            if line.startswith(b"data: "):
                now = time.perf_counter()
                worst = max(worst, now - last) if last else worst
                last, done = now, done or line.startswith(b"data: [DONE]")
        open_now -= 1
        writer.close()
        return done, worst

    tasks = [asyncio.create_task(run()) for _ in range(streams)]
    peak, until = before, time.monotonic() + seconds
    while time.monotonic() < until and not all(t.done() for t in tasks):
        await asyncio.sleep(0.5)
        peak = max(peak, rss_mb(pid))
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    good = [e for e in ends if isinstance(e, tuple) and e[0]]
    row |= {"streams": streams, "streams_complete": len(good), "open_at_once": open_peak, "rss_before_mb": before, "rss_streams_mb": peak,
            "longest_gap_ms": max((e[1] for e in good), default=0) * 1e3}


async def close_delay(gateway, key, sim, row):
    """From the client's leaving to the provider's noticing, on one clock."""
    _, writer = await opened(gateway.port, key, body("[[sim:output_tokens=200,inter_us=100000]]", stream=True), False)
    before = sim.stats()["aborted"]
    await asyncio.sleep(1)
    closed = time.time()
    writer.transport.abort()
    for _ in range(250):
        await asyncio.sleep(0.02)
        if sim.stats()["aborted"] > before:
            row["close_delay_ms"] = (sim.stats()["last_abort_unix_us"] / 1e6 - closed) * 1e3
            return
    raise RuntimeError("the provider's connection stayed open")
