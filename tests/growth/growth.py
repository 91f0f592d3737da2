"""scripts/soak growth: CPU time of the gateway's threads for every case of cases.txt at 1, 2, 4 and 8 times its size, in
every dialect. Fails where 8 times the bytes take more than 12 times the time and the base takes at least 5 ms.

The time is that of the worker's and the offload thread, by the kernel's count (schedstat), best of five rounds. A second
pass has content rules; there the dialect does not matter. TSG_GROWTH selects cases by a part of their name."""
import http.server
import os
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import httpx  # noqa: E402
from harness import Gateway  # noqa: E402

MOST, BASE_NS, ROUNDS, SIZES = 12, 5_000_000, 5, (1, 2, 4, 8)
WAYS = {  # how: (instance/model, provider)
    "openai": ("openai/gpt-4o", {"dialect": "openai"}),
    "responses": ("by-responses/gpt-4o", {"dialect": "openai", "api": "responses"}),
    "anthropic": ("anthropic/claude-opus-4-5", {"dialect": "anthropic"}),
    "gemini": ("gemini/gemini-3.8-flash", {"dialect": "gemini"}),
    "gemini older": ("gemini/gemini-2.0-flash", None),
    "xai": ("xai/grok-4.20-0309-non-reasoning", {"dialect": "xai"}),
    "perplexity": ("perplexity/openai/gpt-5", {"dialect": "perplexity"}),
    "sonar": ("sonar/sonar", {"dialect": "perplexity-sonar"}),
}
RULES = [{"detector": "email", "action": "redact"}, {"detector": "card", "action": "redact"},
         {"detector": "iban", "action": "flag"}, {"detector": "api_key", "action": "redact"},
         {"name": "n", "pattern": "number [0-9]+", "action": "flag"}]


def cases():
    for line in pathlib.Path(__file__).with_name("cases.txt").read_text().split("\n"):
        if line.startswith("name: "):
            if "case" in locals():
                yield case
            case = {}
        if line and not line.startswith("#"):
            key, _, value = line.partition(": ")
            case[key] = value
    yield case


def repeated(unit, sep, n):
    return sep.join(unit.replace("%+", str(i + 1)).replace("%", str(i)) for i in range(n))


def filled(case, frame, n):
    sep = {"": ",", "none": ""}.get(case.get("sep", ""), case.get("sep", ""))
    units = repeated(case["unit"], sep, n) + case.get("tail", "").replace("%+", str(n))
    second = case.get("second", "")
    second = repeated(second, "" if second == "name" else sep, n) if second else ""
    return "".join({"@": units, "~": second}.get(c, c) for c in frame)


def requests(case, n):
    """(word, path, body) of each request that the case makes."""
    chat, embed = "/v1/chat/completions", "/v1/embeddings"
    if "body" in case:
        yield "", chat, filled(case, case["body"], n)
    if "embeddings" in case:
        yield "", embed, filled(case, case["embeddings"], n)
    if "schema" in case:
        schema, begin = filled(case, case["schema"], n), '{"model":"M","messages":[{"role":"user","content":"go"}],'
        yield "response_format", chat, begin + ('"response_format":{"type":"json_schema","json_schema":'
                                                '{"name":"s","schema":' + schema + "}}}")
        yield "tool", chat, begin + '"tools":[{"type":"function","function":{"name":"f","parameters":' + schema + "}}]}"
        yield "strict tool", chat, begin + ('"tools":[{"type":"function","function":{"name":"f","strict":true,'
                                            '"parameters":' + schema + "}}]}")


class Provider(http.server.BaseHTTPRequestHandler):
    """Reads what comes and says that it is wrong, as no gateway of ours does: 422 means that a request got here."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"error":{"message":"no","type":"invalid_request_error"}}'
        self.send_response(422)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Threads:
    """CPU time of the threads that work on requests."""

    def __init__(self, pid):
        tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
        self.files = [t / "schedstat" for t in tasks if (t / "comm").read_text().strip() in ("tsg-worker", "tsg-offload")]
        assert len(self.files) == 2, self.files

    def ns(self):
        return sum(int(f.read_text().split()[0]) for f in self.files)


def measure(client, threads, key, path, body):
    before = threads.ns()
    answer = client.post(path, content=body, headers={"authorization": f"Bearer {key}", "content-type": "application/json"})
    time.sleep(0.002)  # what follows the answer
    return threads.ns() - before, answer


def main():
    only = os.environ.get("TSG_GROWTH", "")
    with tempfile.TemporaryDirectory() as folder:
        stub = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        providers = {model.split("/")[0]: {**provider, "base_url": f"http://127.0.0.1:{stub.server_port}"}
                     for model, provider in WAYS.values() if provider}
        gateway = Gateway(pathlib.Path(folder), providers, workers=1, limits={"json_values_max": 100_000_000}).start()
        try:
            return run(gateway, only)
        finally:
            gateway.kill()
            stub.shutdown()


def run(gateway, only):
    gateway.seed()
    gateway.create("/admin/v1/orgs/acme/teams", id="ruled", name="ruled")
    gateway.admin.put("/admin/v1/policies/team/acme.ruled", json={"content": RULES}).raise_for_status()
    free = gateway.new_key(("*", "*/*"))["key"]
    ruled = gateway.create("/admin/v1/keys", org="acme", team="ruled", environment="test", name="r",
                           allowed_models=["*", "*/*"])["key"]
    threads = Threads(gateway.process.child.pid)
    failed, tried, slow, statuses = [], 0, 0, {}
    with httpx.Client(base_url=gateway.url, timeout=300) as client:
        for case in cases():
            if only not in case["name"] or "n" not in case:
                continue
            for how, key in [(how, free) for how in WAYS] + [("openai", ruled)]:
                model = WAYS[how][0]
                bodies = {}
                for size in SIZES:
                    for word, path, body in requests(case, int(case["n"]) * size):
                        if path.endswith("embeddings") and how not in ("openai", "gemini"):
                            continue
                        name = {"openai": "openai/text-embedding-3-small", "gemini": "gemini/gemini-embedding-001"}.get(how)
                        model_here = name if path.endswith("embeddings") else model
                        bodies.setdefault((word, path), {})[size] = body.replace('"model":"M"', f'"model":"{model_here}"').encode()
                for (word, path), sized in bodies.items():
                    best, answers = {}, {}
                    for rounds in range(ROUNDS):
                        for size in SIZES if rounds == 0 else (1, 8):
                            ns, answers[size] = measure(client, threads, key, path, sized[size])
                            best[size] = min(ns, best.get(size, ns))
                        if rounds > 0 and (best[1] < BASE_NS or best[8] <= MOST * best[1]):
                            break
                    tried += 1
                    status = answers[8].status_code
                    statuses[status] = statuses.get(status, 0) + 1
                    counted = best[1] >= BASE_NS
                    slow += counted
                    bad = counted and best[8] > MOST * best[1]
                    label = f"{case['name']}{' in ' + word if word else ''}, {how}{' under rules' if key == ruled else ''}"
                    if bad or counted:
                        print(f"{'FAIL' if bad else 'ok  '} {label}: " + ", ".join(
                            f"{size}x {best[size] / 1e6:.1f} ms" for size in SIZES) +
                            f", {best[8] / best[1]:.1f} times for {len(sized[8]) / len(sized[1]):.1f} times the bytes "
                            f"({len(sized[8]) / 1e6:.1f} MB), {status}", flush=True)
                    if bad:
                        failed.append(label)
                    if status not in (400, 403, 422):  # refused by a cap, by a rule, or by the provider
                        failed.append(f"{label}: {status} {answers[8].text[:200]}")
    print(f"growth: {tried} cases, {slow} of at least 5 ms, statuses at 8x {statuses}, {len(failed)} failed")
    for label in failed:
        print("  " + label)
    return 1 if failed or tried == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
