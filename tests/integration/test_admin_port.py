"""The admin port as browsers, scripts and people meet it: whose names it answers to, which pages may ask, what a body
must be, and lists that end only where the log does."""
import json
import os
import pty
import signal
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from conftest import providers_of
from harness import TSG, Gateway, body, make_certificate, wait_for
from raw import Raw


def ask(port, path, *lines, token=None, method="GET", payload=b""):
    """(status, body) of one request as raw bytes: no client's own idea of Host, Origin or type."""
    head = [f"{method} {path} HTTP/1.1", *lines, "connection: close"]
    if token:
        head.append(f"authorization: Bearer {token}")
    if payload:
        head.append(f"content-length: {len(payload)}")
    with Raw(port) as connection:
        connection.send("\r\n".join(head).encode() + b"\r\n\r\n" + payload)
        answer = connection.rest().decode()
    return int(answer.split()[1]), answer.split("\r\n\r\n", 1)[1]


def code(answer):
    return answer[0], json.loads(answer[1])["error"]["code"]


# -- names -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/admin/v1/orgs", "/metrics", "/healthz", "/", "/admin/v1/openapi.json"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8081", "localhost.evil.example", "10.0.0.1", "0.0.0.0"])
def test_a_page_whose_name_points_here_gets_nothing(gateway, path, host):
    with_token = ask(gateway.admin_port, path, f"host: {host}", token=gateway.admin_token)
    assert code(with_token) == (421, "misdirected"), with_token
    assert code(ask(gateway.admin_port, path, f"host: {host}")) == (421, "misdirected"), "before anybody is asked who it is"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost.:8081", "[::1]:1", "127.0.0.9:8081"])
def test_names_of_this_machine_are_answered_on_loopback(gateway, host):
    assert ask(gateway.admin_port, "/admin/v1/orgs", f"host: {host}", token=gateway.admin_token)[0] == 200
    assert ask(gateway.admin_port, "/metrics", f"host: {host}")[0] == 200, "nobody but this machine asks so"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1:{port}",
                                    "http://localhost:{port}"])
def test_a_page_of_another_origin_may_not_ask(gateway, origin):
    origin = origin.format(port=gateway.admin_port)
    before = gateway.record_count()
    answer = ask(gateway.admin_port, "/admin/v1/orgs", f"host: 127.0.0.1:{gateway.admin_port}", f"origin: {origin}",
                 "content-type: application/json", token=gateway.admin_token, method="POST",
                 payload=b'{"id":"by-a-page","name":"x"}')
    assert code(answer) == (403, "forbidden") and "public_url" in answer[1]
    assert gateway.admin.get("/admin/v1/orgs/by-a-page").status_code == 404 and gateway.record_count() == before
    assert ask(gateway.admin_port, "/metrics", f"host: 127.0.0.1:{gateway.admin_port}", f"origin: {origin}")[0] == 403


def test_the_pages_of_the_port_itself_may_ask(gateway):
    name = f"127.0.0.1:{gateway.admin_port}"
    answer = ask(gateway.admin_port, "/admin/v1/orgs", f"host: {name}", f"origin: http://{name}", token=gateway.admin_token)
    assert answer[0] == 200


@pytest.mark.parametrize("kind", [["content-type: text/plain"], ["content-type: application/x-www-form-urlencoded"], [],
                                  ["content-type: multipart/form-data; boundary=x"],
                                  ["content-type: text/plain; application/json"],
                                  ["content-type: application/json", "content-encoding: gzip"]])
def test_a_body_that_a_form_could_send_is_not_read(gateway, kind):
    answer = ask(gateway.admin_port, "/admin/v1/orgs", "host: localhost", *kind, token=gateway.admin_token, method="POST",
                 payload=b'{"id":"by-a-form","name":"x"}')
    assert code(answer) == (415, "invalid_request_error") and "application/json" in answer[1]
    assert gateway.admin.get("/admin/v1/orgs/by-a-form").status_code == 404


def test_json_is_json_however_it_is_spelt_and_no_body_needs_no_type(gateway):
    answer = ask(gateway.admin_port, "/admin/v1/orgs", "host: localhost", "content-type: Application/JSON ; charset=utf-8",
                 token=gateway.admin_token, method="POST", payload=b'{"id":"spelt","name":"x"}')
    assert answer[0] == 201, answer
    key = gateway.new_key()["id"]
    assert ask(gateway.admin_port, f"/admin/v1/keys/{key}/revoke", "host: localhost", "content-length: 0",
               token=gateway.admin_token, method="POST")[0] == 200


@pytest.fixture(scope="module")
def public(tmp_path_factory, sim, certificate):
    """On all addresses with a certificate for `localhost`, and a public name."""
    folder = tmp_path_factory.mktemp("public")
    cert, key = make_certificate(folder)
    key.chmod(0o600)
    gateway = Gateway(folder, providers_of(sim, certificate), admin_listen="0.0.0.0:0",
                      admin_tls={"certificate": str(cert), "key": str(key)}, public_url="https://llm.example.org/admin")
    from harness import Process
    gateway.process = Process([TSG, "serve", "--config", str(gateway.config)], r"admin on 0\.0\.0\.0:(\d+)")
    gateway.admin_port = int(gateway.process.match[1])
    yield gateway
    assert gateway.process.stop() == 0, gateway.process.output()


def get(public, host, path="/admin/v1/orgs", token=True, **headers):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    headers["host"] = host
    if token:
        headers["authorization"] = f"Bearer {public.admin_token}"
    return httpx.get(f"https://127.0.0.1:{public.admin_port}{path}", headers=headers, verify=context, timeout=60).status_code


def test_elsewhere_the_address_the_certificate_and_the_public_name_are_answered(public):
    for host in (f"127.0.0.1:{public.admin_port}", "localhost", "llm.example.org", "LLM.example.org:443"):
        assert get(public, host) == 200, host
    for host in ("example.org", "10.9.8.7", "0.0.0.0", "x.llm.example.org"):
        assert get(public, host) == 421, host
    assert get(public, "llm.example.org", origin="https://llm.example.org") == 200
    assert get(public, "localhost", origin="https://llm.example.org") == 200, "as proxies pass it on"
    assert get(public, "llm.example.org", origin="http://llm.example.org") == 403
    assert get(public, "localhost", "/metrics", token=False) == 401, "not loopback: a token always"
    assert get(public, "localhost", "/metrics") == 200


def test_a_new_public_name_is_answered_after_a_reload(public):
    config = json.loads(public.config.read_text())
    config["public_url"] = "https://new.example.org"
    public.config.write_text(json.dumps(config))
    public.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: get(public, "new.example.org") == 200, "the reload")
    assert get(public, "llm.example.org") == 421


# -- lists -------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def busy(tmp_path_factory, sim, certificate):
    """Many records, rare ones at the far end, and looks so short that none comes far."""
    gateway = Gateway(tmp_path_factory.mktemp("busy"), providers_of(sim, certificate), timeouts={"audit_query_ms": 1}).start()
    gateway.seed()
    gateway.key = gateway.new_key()
    for text in ("Say hello.", "Say it again."):
        assert httpx.post(gateway.url + "/v1/chat/completions", json=body(text), timeout=60,
                          headers={"authorization": f"Bearer {gateway.key['key']}"}).status_code == 200
    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {gateway.key['key']}"}, timeout=60) as client:
        for _ in range(1500):
            assert client.post("/v1/chat/completions", json=body(model="nobody-has-this")).status_code == 404
    yield gateway
    gateway.process.stop()


def pages(gateway, path="/admin/v1/audit", **query):
    """Every page there is, and the rows of all."""
    looks, cursor = [], {}
    while True:
        answer = gateway.admin.get(path, params={**query, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert (page["next_cursor"] is None) == (page["scanned_to"] is None)
        looks.append(page)
        if page["next_cursor"] is None:
            return looks, [row for p in looks for row in p["data"]]
        cursor = {"cursor": page["next_cursor"]}


def test_a_filtered_list_ends_only_at_the_end_of_the_log(busy):
    looks, allowed = pages(busy, verdict="allow", kind="request", limit=1000)
    assert len(looks) > 1, "one look is too short for this log"
    assert len(allowed) == 2 and [r["status"] for r in allowed] == [200, 200]
    times = [p["scanned_to"] for p in looks[:-1]]
    assert times == sorted(times, reverse=True), "each look goes on where the one before it stopped"
    assert looks[0]["data"] == [] and looks[0]["next_cursor"], "nothing found yet is not the end"
    _, everything = pages(busy, limit=1000)
    assert [r["seq"] for r in everything] == list(range(everything[0]["seq"], -1, -1)), "every record, once"
    _, denied = pages(busy, limit=1000, status=404, key_id=busy.key["id"])
    assert denied == [r for r in everything if r.get("status") == 404]


def test_the_cursor_of_one_question_is_no_answer_to_another(busy):
    page = busy.admin.get("/admin/v1/audit", params={"status": 404, "limit": 1}).json()
    for query in ({"status": 200}, {}, {"status": 404, "org": "acme"}):
        answer = busy.admin.get("/admin/v1/audit", params={**query, "cursor": page["next_cursor"]})
        assert answer.status_code == 400 and answer.json()["error"]["param"] == "cursor", answer.text
    again = busy.admin.get("/admin/v1/audit", params={"limit": 7, "status": 404, "cursor": page["next_cursor"]})
    assert again.status_code == 200, "another size of page is the same question"


def test_the_command_follows_to_the_end(busy):
    done = cli(busy, "audit", "list", "--verdict", "allow", "--kind", "request", "--output", "json")
    assert done.returncode == 0 and done.stderr == "", done
    rows = json.loads(done.stdout)
    assert len(rows) == 2 and all(r["verdict"] == "allow" for r in rows)
    done = cli(busy, "explain", rows[1]["request_id"])
    assert done.returncode == 0 and rows[1]["request_id"] in done.stdout, done
    done = cli(busy, "explain", "01900000-0000-7000-8000-000000000000")
    assert done.returncode == 1 and "No record" in done.stderr, done


def test_one_request_is_found_wherever_it_lies(busy):
    record = pages(busy, verdict="allow", kind="request", limit=1000)[1][-1]
    assert busy.record(record["request_id"]) == record
    assert pages(busy, request_id=record["request_id"])[1] == [record]


def test_the_same_question_can_be_asked_of_records_and_of_money(busy):
    key = busy.key["id"]
    for query in ({"team": "acme.web"}, {"org": "acme", "team": "web"}, {"org": "acme", "team": "acme.web"},
                  {"key_id": key}, {"key": key}, {"key": key, "key_id": key}, {"provider": "openai"},
                  {"model": "gpt-4o", "environment": "test"}, {"team": "acme.web", "from": "2020-01-01"}):
        usage = busy.admin.get("/admin/v1/usage", params={**query, "group_by": "org"})
        assert usage.status_code == 200 and usage.json()["data"][0]["requests"] == 2, (query, usage.text)
        assert len(pages(busy, verdict="allow", kind="request", limit=1000, **query)[1]) == 2, query
    for query in ({"team": "acme.other"}, {"team": "other.web"}, {"key_id": "key_none"}, {"to": "2020-01-01", "from": "2019-01-01"}):
        assert busy.admin.get("/admin/v1/usage", params=query).json()["data"] == [], query
        assert pages(busy, limit=1000, **query)[1] == [], query


@pytest.mark.parametrize("query, param", [({"org": "acme", "team": "other.web"}, "team"), ({"key": "key_a", "key_id": "key_b"}, "key"),
                                          ({"team": ""}, "team"), ({"key_id": ""}, "key_id"), ({"from": "soon"}, "from"),
                                          ({"from": "2026-02-01", "to": "2026-01-01"}, "from")])
def test_contradictions_are_refused_by_both(gateway, query, param):
    for path in ("/admin/v1/audit", "/admin/v1/usage"):
        answer = gateway.admin.get(path, params=query)
        assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_a_limited_token_asks_within_its_organisation(gateway):
    gateway.create("/admin/v1/orgs", id="theirs", name="x")
    token = gateway.create("/admin/v1/tokens", name="t", role="auditor", org="theirs")["token"]
    with httpx.Client(base_url=gateway.admin.base_url, headers={"authorization": f"Bearer {token}"}, timeout=60) as limited:
        for path in ("/admin/v1/audit", "/admin/v1/usage"):
            assert limited.get(path, params={"team": "acme.web"}).status_code == 404
            assert limited.get(path, params={"org": "acme"}).status_code == 404
            assert limited.get(path, params={"team": "web"}).json()["data"] == [], "a team of its own"


# -- the command line --------------------------------------------------------------------------------------------------

def cli(gateway, *args, **more):
    return subprocess.run([TSG, *args], capture_output=True, text=True, timeout=60, env={
        **os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}", "TSG_ADMIN_TOKEN": gateway.admin_token, **more})


NASTY = "m\x1b]0;owned\x07\u009b31m\u202eadmin"
SHOWN = r"m\u001b]0;owned\u0007\u009b31m\u202eadmin"


def dumps(value):
    return json.dumps(value, ensure_ascii=False)


class Stub(BaseHTTPRequestHandler):
    """An admin API whose every name is a trick."""

    def do_GET(self):
        usage = {"org": "acme", "team": NASTY, "key": NASTY, "model": NASTY, "requests": 1, "input_tokens": 1,
                 "cached_input_tokens": 0, "output_tokens": 1, "cost_usd": "1", "estimated_usd": "0", "unpriced_requests": 0}
        if "/audit/" in self.path:
            told = dumps({"model_served": NASTY, "usage": {NASTY: 1}, "attempts": [{"target": NASTY}]})
        elif "format=csv" in self.path:
            told = f"team,model\r\nweb,{NASTY}\r\n"
        elif "/usage" in self.path:
            told = dumps({"data": [usage]})
        elif "/keys" in self.path:
            told = dumps({"data": [{"id": "key_1", "org": "acme", "name": NASTY}], "next_cursor": None})
        else:
            told = dumps({"error": {"message": f"no {NASTY}", "type": "x", "param": None, "code": "x"}})
        data = told.encode()
        self.send_response(404 if "/orgs" in self.path else 200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def stub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{server.server_port}", "TSG_ADMIN_TOKEN": "t" * 32}
    server.shutdown()


def on_terminal(args, env):
    """What a person sees: standard output and error are a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([TSG, *args], stdout=theirs, stderr=theirs, stdin=theirs, env=env)
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux: the other side is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    child.wait(60)
    return seen.decode()


def acts(text):
    return [c for c in text if (ord(c) < 0x20 and c not in "\r\n") or 0x7f <= ord(c) < 0xa0 or c == "\u202e"]


ALL = [["explain", "x"], ["usage", "show"], ["usage", "export"], ["usage", "export", "--format", "json"],
       ["key", "list"], ["key", "list", "--output", "json"], ["explain", "x", "--output", "json"], ["org", "list"]]


@pytest.mark.parametrize("args", ALL, ids=" ".join)
def test_nobody_elses_words_act_on_a_terminal(stub, args):
    seen = on_terminal(args, stub)
    assert SHOWN in seen.replace("\r\n", "\n") and acts(seen) == [], repr(seen)


def test_a_file_gets_every_byte_and_a_table_never_does(stub):
    def piped(*args):
        return subprocess.run([TSG, *args], capture_output=True, timeout=60, env=stub).stdout.decode()
    assert NASTY in piped("usage", "export")
    assert json.loads(piped("key", "list", "--output", "json"))[0]["name"] == NASTY
    for args in (["usage", "show"], ["key", "list"], ["explain", "x"]):
        assert SHOWN in piped(*args) and acts(piped(*args)) == [], args


def test_json_on_a_terminal_is_still_the_same_json(stub):
    assert json.loads(on_terminal(["key", "list", "--output", "json"], stub))[0]["name"] == NASTY


@pytest.mark.parametrize("args", [["org", "list"], ["usage", "export"], ["export"], ["audit", "list"], ["apply", "-f", "-"]])
def test_the_token_does_not_cross_a_network_readable(gateway, args):
    for host in ("http://192.0.2.1:8081", "http://tsg.example.com", "http://127.0.0.1.example.com"):
        done = subprocess.run([TSG, *args], capture_output=True, text=True, timeout=60, input="{}",
                              env={**os.environ, "TSG_ADMIN_URL": host, "TSG_ADMIN_TOKEN": "t" * 32})
        assert done.returncode == 1 and "https://" in done.stderr and "--insecure" in done.stderr, done
        assert done.stderr.count("\n") == 1 and "t" * 32 not in done.stderr


def test_insecure_lets_it_and_loopback_needs_no_word(gateway):
    for name in ("localhost", "127.0.0.1"):
        done = cli(gateway, "org", "list", TSG_ADMIN_URL=f"http://{name}:{gateway.admin_port}")
        assert done.returncode == 0, done
    done = cli(gateway, "org", "list", "--insecure", TSG_ADMIN_URL=f"http://nowhere.invalid:{gateway.admin_port}")
    assert done.returncode == 1 and "cannot be reached" in done.stderr, done
    assert "--insecure" not in subprocess.run([TSG, "audit", "verify", "--help"], capture_output=True, text=True).stdout


# -- what is configured ------------------------------------------------------------------------------------------------

def checked(gateway, **changes):
    config = {**json.loads(gateway.config.read_text()), **changes}
    gateway.config.write_text(json.dumps(config, indent=1))
    return subprocess.run([TSG, "check", "--config", str(gateway.config)], capture_output=True, text=True, timeout=60)


@pytest.fixture
def made(tmp_path, sim, certificate):
    return Gateway(tmp_path, providers_of(sim, certificate))


@pytest.mark.parametrize("text", ["sk-one\nsk-two\n", "sk-\x1bkey\n", "sk\rkey", "sk-\tkey"])
def test_a_provider_key_that_cannot_be_sent_is_refused_by_its_name(made, text):
    (made.folder / "secrets/provider").write_bytes(text.encode())
    done = checked(made)
    assert done.returncode == 1, done
    assert "credential 'main'" in done.stderr and "secrets/provider" in done.stderr and "holds a " in done.stderr
    assert "sk-" not in done.stderr, "a secret is never quoted"
    served = subprocess.run([TSG, "serve", "--config", str(made.config)], capture_output=True, text=True, timeout=60)
    assert served.returncode == 1 and "credential 'main'" in served.stderr, served


def test_an_admin_token_of_two_lines_is_refused_by_its_name(made):
    (made.folder / "secrets/admin").write_text("a1b2c3d4" * 8 + "\nx\n")
    done = checked(made)
    assert done.returncode == 1 and "secrets.admin_token: " in done.stderr and "line break" in done.stderr, done


def test_a_reload_with_such_a_key_is_refused_and_a_put_too(make_gateway):
    gateway = make_gateway()
    good = (gateway.folder / "secrets/provider").read_text()
    (gateway.folder / "secrets/provider").write_text("sk-one\nsk-two\n")
    gateway.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: "credential 'main'" in gateway.log() and "stays" in gateway.log(), "the reload is refused")
    (gateway.folder / "secrets/provider").write_text(good)
    for bad in ("sk-one\nsk-two", "sk\x1bkey", "sk\x00key", "sk\x7fkey"):
        answer = gateway.admin.put("/admin/v1/providers/openai/credentials/other", json={"key": bad})
        assert answer.status_code == 400 and answer.json()["error"]["param"] == "key", answer.text
        assert "sk" not in answer.json()["error"]["message"]
    assert httpx.post(gateway.url + "/v1/chat/completions", json=body(), timeout=60,
                      headers={"authorization": f"Bearer {gateway.new_key()['key']}"}).status_code == 200


def test_the_command_that_stores_a_key_takes_one_line(gateway):
    def stored(text):
        return subprocess.run([TSG, "provider", "credential", "set", "openai", "by-shell"], input=text, capture_output=True, text=True,
                              timeout=60, env={**os.environ, "TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}",
                                               "TSG_ADMIN_TOKEN": gateway.admin_token})
    for text in ("", "sk-one\nsk-two\n", "\nsk-one\n"):
        done = stored(text)
        assert done.returncode == 1 and "'by-shell'" in done.stderr and "sk-" not in done.stderr, done
    assert stored("sk-one\r\n").returncode == 0
    assert cli(gateway, "provider", "credential", "delete", "openai", "by-shell").returncode == 0


@pytest.mark.parametrize("name", ["pepper", "master"])
@pytest.mark.parametrize("content", [b"0" * 64 + b"\n", b"\0" * 32, b"A" * 43 + b"="])
def test_a_key_of_zeros_is_none(made, name, content):
    (made.folder / f"secrets/{name}").write_bytes(content)
    done = checked(made)
    member = {"pepper": "key_pepper", "master": "master_key"}[name]
    assert done.returncode == 1 and f"secrets.{member}: is all zeros" in done.stderr, done
    assert subprocess.run([TSG, "serve", "--config", str(made.config)], capture_output=True, timeout=60).returncode == 1


def test_what_protects_less_than_it_seems_to_is_a_warning_of_check_and_start(made):
    def warned(**changes):
        done = checked(made, **changes)
        assert done.returncode == 0 and "ok" in done.stdout, done
        return done.stderr
    assert warned() == ""
    text = warned(listen="0.0.0.0:0")
    assert "warning: listen: " in text and "`tls`" in text and ":2:" in text, text
    (made.folder / "secrets/admin").write_text("a" * 32)
    assert "warning: secrets.admin_token: can be guessed" in warned()
    secrets = {"key_pepper": "file:secrets/pepper", "master_key": "file:secrets/pepper", "admin_token": "file:secrets/admin"}
    assert "warning: secrets.master_key: is the same as secrets.key_pepper" in warned(secrets=secrets)
    (made.folder / "secrets/copy").write_text((made.folder / "secrets/pepper").read_text())
    (made.folder / "secrets/copy").chmod(0o600)
    assert "secrets.master_key: is the same" in warned(secrets={**secrets, "master_key": "file:secrets/copy"}), "bytes count"
    (made.folder / "secrets/master").write_text("61" * 32)
    assert "secrets.master_key: can be guessed" in warned(secrets={**secrets, "master_key": "file:secrets/master"})

    made.config.write_text(json.dumps({**json.loads(made.config.read_text()), "listen": "127.0.0.1:0", "secrets": secrets}))
    made.start()
    made.stop()
    log = made.log()
    assert "secrets.admin_token: can be guessed" in log and "secrets.master_key: is the same" in log
    assert "a" * 32 not in log
