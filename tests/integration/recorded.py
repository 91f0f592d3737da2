"""Recorded provider traffic (TSG_FIXTURES), and an upstream that plays it back byte for byte."""
import http.server
import json
import os
import pathlib
import re
import threading

# Recorded endpoint, without version and query: the instance of the test's gateway that speaks it.
INSTANCES = {
    ("openai", "chat/completions"): "openai-chat", ("openai", "embeddings"): "openai-chat",
    ("openai", "responses"): "openai-responses",
    ("anthropic", "messages"): "anthropic",
    ("gemini", "generateContent"): "gemini", ("gemini", "streamGenerateContent"): "gemini",
    ("gemini", "batchEmbedContents"): "gemini", ("gemini", "embedContent"): "gemini",
    ("xai", "chat/completions"): "xai-chat", ("xai", "responses"): "xai-responses",
    ("perplexity", "chat/completions"): "sonar", ("perplexity", "agent"): "agent",
}
DIALECTS = {"openai-chat": ("openai", "/openai/v1", "chat"), "openai-responses": ("openai", "/openai/v1", "responses"),
            "anthropic": ("anthropic", "", None), "gemini": ("gemini", "", None),
            "xai-chat": ("xai", "/v1", "chat"), "xai-responses": ("xai", "/v1", "responses"),
            "sonar": ("perplexity-sonar", "", None), "agent": ("perplexity", "", None)}


class Case:
    def __init__(self, folder):
        self.name = f"{folder.parent.name}/{folder.name}"
        self.meta = json.loads((folder / "meta.json").read_text())
        self.file = next(folder.glob("response.*"))
        self.body = self.file.read_bytes()
        self.status, self.stream = self.meta["status"], self.meta["stream"]
        self.provider = self.meta["provider"]
        self.endpoint = re.split(r"[/:]", self.meta["endpoint"].split("?")[0])[-1]
        if self.meta["endpoint"].endswith("chat/completions"):
            self.endpoint = "chat/completions"
        self.instance = INSTANCES.get((self.provider, self.endpoint))
        self.embeddings = "mbed" in self.endpoint

    @property
    def model(self):
        return self.meta["model"].removeprefix("models/")

    def objects(self):
        """Every JSON value of the body: the answer, or the events of its stream."""
        text = self.body.decode(errors="replace")
        lines = re.findall(r"(?m)^data: *(.*)$", text) if self.file.suffix == ".sse" else [text]
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                pass  # [DONE], a truncated event

    def usages(self):
        for value in self.objects():
            for place in (value, *(value.get(n) for n in ("message", "response"))) if isinstance(value, dict) else ():
                for name in ("usage", "usageMetadata"):
                    if isinstance(place, dict) and place.get(name):
                        yield place[name]


def cases():
    """All that answered with a count of what was used, by name."""
    root = os.environ.get("TSG_FIXTURES")
    found = [Case(f.parent) for f in sorted(pathlib.Path(root).glob("*/*/meta.json"))] if root else []
    return [c for c in found if c.status < 400 and next(c.usages(), None)]


class Upstream:
    """Answers with the recording that the request's text names, verbatim, whatever else it says."""

    def __init__(self, recordings):
        by_name = {c.name.encode(): c for c in recordings}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = self.rfile.read(int(self.headers["content-length"]))
                name = re.search(rb"recorded (\S+) end", asked)
                case = by_name[name[1]]
                self.send_response(case.status)
                self.send_header("content-type", "text/event-stream" if case.file.suffix == ".sse" else
                                 "application/json")
                self.send_header("content-length", str(len(case.body)))
                self.end_headers()
                self.wfile.write(case.body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def question(case):
    """What a client of the gateway asks to get that answer."""
    text, model = f"recorded {case.name} end", f"{case.instance}/{case.model}"
    if case.embeddings:
        return "/v1/embeddings", {"model": model, "input": text}
    stream = {"stream": True, "stream_options": {"include_usage": True}} if case.stream else {}
    return "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}], **stream}
