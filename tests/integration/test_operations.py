"""What an operator does: commands and their exit codes, reload, drain, systemd's protocol."""
import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess

import httpx
import pytest
from conftest import providers_of
from harness import TSG, Gateway, Process, body, make_certificate, raw_post, read_all, wait_for


def tsg(*args, env=None):
    done = subprocess.run([TSG, *args], capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def one_line(text):
    return text.strip() != "" and "\n" not in text.strip()


# -- commands ----------------------------------------------------------------------------------------------------------

def commands(prefix=()):
    """Every command there is, from the help of the one above it."""
    code, out, _ = tsg(*prefix, "--help")
    assert code == 0 and "Usage" in out, prefix
    yield prefix
    if found := re.search(r"^Subcommands:\n((?:  .*\n?)+)", out, re.M):
        for name in re.findall(r"^  ([a-z][a-z-]*)", found[1], re.M):
            yield from commands((*prefix, name))


def test_every_command_has_help():
    names = {" ".join(c) for c in commands()}
    assert {"", "serve", "check", "demo", "version", "audit", "audit verify", "key create", "key list", "key revoke"} <= names


def test_version_names_version_commit_build_and_libraries():
    code, out, _ = tsg("version")
    assert code == 0
    assert re.match(r"tsg \d+\.\d+\.\d+ \(.*, \w+\)\n", out)
    assert all(name in out for name in ("Boost", "OpenSSL", "SQLite", "simdjson", "nlohmann/json", "spdlog"))


@pytest.mark.parametrize("args, code", [
    ([], 2), (["nonsense"], 2), (["serve"], 2), (["check"], 2), (["serve", "--config"], 2), (["key"], 2),
    (["audit", "verify"], 3), (["audit", "verify", "--nonsense"], 3),
    (["check", "--config", "/nonexistent.yaml"], 1), (["serve", "--config", "/nonexistent.yaml"], 1)])
def test_mistakes_are_one_line_and_an_exit_code(args, code):
    got, out, err = tsg(*args)
    assert got == code and out == "" and one_line(err), (got, out, err)


def test_admin_commands_say_what_they_miss():
    code, _, err = tsg("key", "list", env={"TSG_ADMIN_URL": "", "TSG_ADMIN_TOKEN": ""})
    assert code in (1, 2) and one_line(err) and "TSG_ADMIN" in err
    code, _, err = tsg("key", "list", env={"TSG_ADMIN_URL": "http://127.0.0.1:1", "TSG_ADMIN_TOKEN": "x" * 32})
    assert code == 1 and one_line(err)


def asking(gateway):
    return {"TSG_ADMIN_URL": f"http://127.0.0.1:{gateway.admin_port}", "TSG_ADMIN_TOKEN": gateway.admin_token}


def test_audit_list_takes_as_many_as_asked_and_says_when_there_are_more(make_gateway):
    gateway = make_gateway()
    for i in range(60):
        gateway.create("/admin/v1/orgs", id=f"org-{i}", name="x")
    env = asking(gateway)
    code, out, err = tsg("audit", "list", "--output", "json", env=env)
    rows = json.loads(out)
    assert code == 0 and len(rows) == 50 and one_line(err) and "more" in err and "--limit" in err, err
    assert rows[0]["seq"] == rows[49]["seq"] + 49, "newest first, without a gap"

    code, out, err = tsg("audit", "list", "--output", "json", "--limit", "1500", env=env)
    everything = json.loads(out)
    assert (code, err) == (0, "") and len(everything) >= 62 and everything[:50] == rows
    code, out, err = tsg("audit", "list", "--output", "json", "--limit", str(len(everything)), env=env)
    assert (code, err) == (0, "") and json.loads(out) == everything, "all of them are not 'more'"

    one = everything[7]
    _, out, _ = tsg("audit", "list", "--output", "json", "--request-id", one["request_id"], env=env)
    assert json.loads(out) == [one]
    _, out, _ = tsg("audit", "list", "--output", "json", "--since", one["time"], env=env)
    assert json.loads(out) == [r for r in everything if r["time"] >= one["time"]]
    _, out, _ = tsg("audit", "list", "--output", "json", "--until", one["time"], env=env)
    assert json.loads(out) == [r for r in everything if r["time"] < one["time"]][:50]


@pytest.mark.parametrize("name, value", [
    ("verdict", "zzz"), ("status", "abc"), ("status", "2000"), ("cursor", "zzz"), ("cursor", "-1"), ("cursor", "1x"),
    ("from", "yesterday"), ("request_id", "42"), ("no_such_filter", "1"), ("limit", "0")])
def test_a_question_to_the_audit_log_that_cannot_be_meant_is_refused_by_name(gateway, name, value):
    answer = gateway.admin.get("/admin/v1/audit", params={name: value})
    assert answer.status_code == 400 and answer.json()["error"]["param"] == name, answer.text
    assert f"'{name}'" in answer.json()["error"]["message"]


@pytest.fixture
def made(tmp_path, sim, certificate):
    """A configuration that is not running."""
    return Gateway(tmp_path, providers_of(sim, certificate))


def edit(gateway, **changes):
    config = json.loads(gateway.config.read_text())
    config.update(changes)
    gateway.config.write_text(json.dumps(config, indent=1))


def test_check_says_ok_or_where_each_mistake_is(made):
    code, out, err = tsg("check", "--config", str(made.config))
    assert (code, err) == (0, "") and "ok" in out
    made.config.write_text("listn: 127.0.0.1:1\nlimits:\n  body_bytes_max: many\n")
    code, out, err = tsg("check", "--config", str(made.config))
    assert code == 1 and out == ""
    lines = err.splitlines()
    assert re.match(re.escape(str(made.config)) + r":1:\d+: .*listen", lines[0]), lines
    assert any(re.match(re.escape(str(made.config)) + r":3:\d+: .*body_bytes_max", line) for line in lines), lines


MISFITS = """\
models:
  openai/gpt-4o: {pricse: {input: "1"}, prices: {inptu: "1"}}
  nonsense: {}
routes:
  fast:
    stratgy: priority
    targets: [openai/gpt-4o, opneai/gpt-4o, {target: openai/gpt-4.1, wieght: 3}]
"""


def test_slips_in_models_and_routes_have_their_place_and_the_nearest_key(made):
    top = made.config.read_text()
    made.config.write_text(MISFITS + "\n".join("# " + line for line in top.splitlines()) + "\nproviders: {openai: {}}\n")
    code, out, err = tsg("check", "--config", str(made.config))
    assert code == 1 and out == "" and ":0:" not in err, err
    for place, *words in [("2:19", "pricse", "`prices`"), ("2:50", "inptu", "`input`"), ("3:3", "nonsense", "provider/model")]:
        assert any(line.startswith(f"{made.config}:{place}: models.") and all(w in line for w in words)
                   for line in err.splitlines()), (place, err)
    made.config.write_text(MISFITS.split("routes:")[1].join(["routes:", "providers: {openai: {}}\n"]))
    _, _, err = tsg("check", "--config", str(made.config))
    for place, *words in [("3:5", "stratgy", "`strategy`"), ("4:70", "wieght", "`weight`")]:
        assert any(line.startswith(f"{made.config}:{place}: routes.fast") and all(w in line for w in words)
                   for line in err.splitlines()), (place, err)
    made.config.write_text("routes: {fast: {targets: [opneai/gpt-4o]}}\nproviders: {openai: {}}\n")
    _, _, err = tsg("check", "--config", str(made.config))
    assert err.startswith(f"{made.config}:1:27: routes.fast.targets[0]: ") and "`openai`" in err, err
    refuses_to_start(made, f"{made.config}:1:27: ")


def test_check_refuses_what_serve_would_refuse(made, certificate):
    config = json.loads(made.config.read_text())

    def check(*words, **changes):
        made.config.write_text(json.dumps({**config, **changes}))
        code, out, err = tsg("check", "--config", str(made.config))
        assert code == 1 and out == "" and all(word in err for word in words), err
        refuses_to_start(made, *words)

    own_certificate, own_key = made.folder / "own.pem", made.folder / "own.key"
    own_certificate.write_bytes(certificate[0].read_bytes())
    own_key.write_bytes(certificate[1].read_bytes())
    own_key.chmod(0o600)
    files = {"certificate": str(own_certificate), "key": str(own_key)}
    check("tls: ", "nowhere.pem", tls={**files, "certificate": "nowhere.pem"})
    check("admin_tls: ", "nowhere.key", admin_tls={**files, "key": "nowhere.key"})
    own_key.chmod(0o644)
    check("own.key", "chmod 600", tls=files)
    own_key.chmod(0o600)
    own_certificate.write_text("garbage")
    check("tls: ", "own.pem", tls=files)
    openai = config["providers"]["openai"]
    for ca_file in ("nowhere.pem", str(own_certificate)):
        check("providers.openai.ca_file: ", ca_file, providers={"openai": {**openai, "ca_file": ca_file}})
    check("secrets.master_key", secrets={**config["secrets"], "master_key": "file:secrets/nowhere"})
    (made.folder / "secrets/admin").write_text("short\n")
    check("secrets.admin_token", "32 characters")


def refuses_to_start(gateway, *words):
    code, _, err = tsg("serve", "--config", str(gateway.config))
    assert code == 1 and all(word in err for word in words), err
    return err


def test_a_secret_that_others_may_read_is_refused(made):
    (made.folder / "secrets/master").chmod(0o640)
    refuses_to_start(made, "master")


def test_a_taken_port_is_named(made):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        edit(made, listen=f"127.0.0.1:{port}")
        refuses_to_start(made, str(port))


def test_two_gateways_cannot_share_a_data_directory(make_gateway):
    refuses_to_start(make_gateway(), "data")


# -- reload ------------------------------------------------------------------------------------------------------------

def reload(gateway, expect):
    before = len(gateway.process.lines)
    gateway.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: any(re.search(expect, line) for line in gateway.process.lines[before:]), f"the log says {expect}")
    return "".join(gateway.process.lines[before:])


def ask(gateway, key, **more):
    return httpx.post(gateway.url + "/v1/chat/completions", json=body(**more), timeout=60,
                      headers={"authorization": f"Bearer {key}"})


def test_reload_applies_all_of_a_valid_configuration_or_nothing(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    edit(gateway, limits={"body_bytes_max": 4096})
    reload(gateway, "configuration reloaded")
    assert ask(gateway, key, text="x" * 5000).status_code == 413

    edit(gateway, limits={"body_bytes_max": 1 << 20}, no_such_key=1)
    said = reload(gateway, "running configuration stays")
    assert re.search(re.escape(str(gateway.config)) + r":\d+:\d+: unknown key `no_such_key`", said), said
    assert ask(gateway, key, text="x" * 5000).status_code == 413, "nothing of it was applied"

    config = json.loads(gateway.config.read_text())
    del config["no_such_key"]
    gateway.config.write_text(json.dumps({**config, "data_dir": "/elsewhere"}))
    said = reload(gateway, "running configuration stays")
    assert re.search(re.escape(str(gateway.config)) + r":\d+:\d+: 'data_dir' .* restart", said), said

    gateway.config.write_text(json.dumps(config))
    reload(gateway, "configuration reloaded")
    assert ask(gateway, key, text="x" * 5000).status_code == 200


def test_reload_takes_new_provider_keys(make_gateway, sim):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    (gateway.folder / "secrets/provider").write_text("sk-rotated\n")
    reload(gateway, "configuration reloaded")
    assert ask(gateway, key).status_code == 200
    assert "sk-rotated" in sim.control.get("/_sim/requests", params={"last": 1}).text


def test_reload_does_not_give_up_a_provider_key_that_works(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    file = gateway.folder / "secrets/provider"
    file.rename(file.with_name("away"))
    said = reload(gateway, "running configuration stays")
    assert "credential 'main' cannot be read" in said and "providers.openai" in said
    assert ask(gateway, key).status_code == 200
    edit(gateway, providers={})  # not to be used any more is something else
    reload(gateway, "configuration reloaded")


def test_another_pepper_is_refused_and_the_old_one_still_opens(made):
    made.start()
    made.stop()
    pepper = made.folder / "secrets/pepper"
    old = pepper.read_text()
    pepper.write_text("ab" * 32 + "\n")
    refuses_to_start(made, "key_pepper")
    pepper.write_text(old)
    made.start()
    assert made.stop() == 0


# -- descriptors -------------------------------------------------------------------------------------------------------

def connections(port, count):
    return [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(count)]


def signed_size(gateway):
    return int(re.search(r"^size (\d+)$", (gateway.data_dir / "audit.head").read_text(), re.M)[1])


# `ulimit -n 1024` and 1300 idle connections: audit.head could not be written, and the store stopped for good.
def test_a_gateway_without_descriptors_signs_its_log_and_serves_again_when_they_are_back(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    refused = body(model="no-such-model")
    with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"},
                      limits=httpx.Limits(keepalive_expiry=None)) as http:
        assert ask(gateway, key).status_code == 200
        assert http.post("/v1/chat/completions", json=refused).status_code == 404  # connected while it was possible
        pid = gateway.process.child.pid
        enough = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, enough[1]))
        idle = connections(gateway.port, 100)
        wait_for(lambda: "cannot accept connections" in gateway.log(), "descriptors are gone")
        assert http.post("/v1/chat/completions", json=refused).status_code == 404
        wait_for(lambda: signed_size(gateway) == gateway.record_count(), "the head follows its record")
        assert http.get("/readyz").status_code == 200
        for connection in idle:
            connection.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, enough)
        assert ask(gateway, key).status_code == 200
    assert "audit log stopped" not in gateway.log()
    metrics = gateway.admin.get("/metrics").text
    assert "tsg_audit_writable 1\n" in metrics and "tsg_audit_head_overdue_seconds 0\n" in metrics


def test_a_head_that_cannot_be_written_is_shown_and_the_log_goes_on(make_gateway):
    gateway = make_gateway()
    key = gateway.new_key()["key"]
    in_the_way = gateway.data_dir / "audit.head.tmp"
    wait_for(lambda: signed_size(gateway) == gateway.record_count(), "nothing is being signed")
    in_the_way.mkdir()
    assert ask(gateway, key).status_code == 200
    wait_for(lambda: "audit.head is behind the log" in gateway.log(), "the log says it")
    assert re.search(r"tsg_audit_head_overdue_seconds [1-9]", gateway.admin.get("/metrics").text)
    assert ask(gateway, key).status_code == 200
    in_the_way.rmdir()
    wait_for(lambda: "audit.head is up to date again" in gateway.log(), "and that it is over")
    assert gateway.log().count("audit.head is behind the log") == 1


def test_fewer_connections_are_accepted_where_descriptors_are_few(made):
    edit(made, workers=2)
    script = 'ulimit -n 160; exec "$0" serve --config "$1"'
    process = Process(["bash", "-c", script, TSG, str(made.config)], r"listening on 127\.0\.0\.1:(\d+), admin on")
    port = int(process.match[1])
    try:
        most = int(re.search(r"at most (\d+) connections instead of 10000", process.output())[1])
        assert 10 < most < 80, "as many again are left for connections to providers"
        idle = connections(port, 2 * most)
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200, "who asks comes before who waits"
        assert read_all(idle[0]) == b"", "the one that waited longest has given way"
        for connection in idle:
            connection.close()
        assert "cannot accept" not in process.output()
    finally:
        process.stop()


def served_certificate(gateway):
    return ssl.get_server_certificate(("127.0.0.1", gateway.port))


def test_reload_renews_the_certificate_and_keeps_connections(make_gateway, tmp_path):
    first, renewed = tmp_path / "first", tmp_path / "renewed"
    first.mkdir(), renewed.mkdir()
    certificate, key_file = make_certificate(first)
    gateway = make_gateway(tls={"certificate": str(certificate), "key": str(key_file)})
    key = gateway.new_key()["key"]
    url = f"https://127.0.0.1:{gateway.port}/v1/models"
    with httpx.Client(verify=False, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
        assert http.get(url).status_code == 200
        before = served_certificate(gateway)
        new_certificate, new_key = make_certificate(renewed)
        certificate.write_bytes(new_certificate.read_bytes())
        reload(gateway, "running configuration stays")  # certificate and key do not fit: the old pair stays
        assert served_certificate(gateway) == before
        key_file.write_bytes(new_key.read_bytes())
        reload(gateway, "configuration reloaded")
        assert served_certificate(gateway) != before
        assert http.get(url).status_code == 200, "the old connection goes on"


# -- the end -----------------------------------------------------------------------------------------------------------

def test_while_a_stream_runs_out_who_comes_is_told_to_come_back(make_gateway):
    gateway = make_gateway(timeouts={"shutdown_grace_ms": 600_000})
    key = gateway.new_key()["key"]
    connection = raw_post(gateway.port, key, body("[[sim:output_tokens=150,inter_us=20000]]", stream=True))
    while b"data: " not in connection.recv(65536):
        pass
    gateway.process.child.terminate()
    wait_for(lambda: any("draining" in line for line in gateway.process.lines), "it drains")
    ready = wait_for(lambda: (r := httpx.get(gateway.url + "/readyz")).status_code == 503 and r, "not ready")
    assert ready.json() == {"status": "draining"} and ready.headers["connection"] == "close"
    assert httpx.get(gateway.url + "/healthz").status_code == 200
    late = ask(gateway, key)
    assert late.status_code == 503 and late.json()["error"]["code"] == "overloaded", late.text
    assert (late.headers["retry-after"], late.headers["connection"]) == ("1", "close")
    idle = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)  # says nothing, holds nothing up
    assert b"[DONE]" in read_all(connection), "what was running ends well"
    assert gateway.process.wait() == 0
    idle.close()
    assert gateway.verify()[0] == 0


def test_a_second_sigterm_ends_the_grace_and_settles(make_gateway):
    gateway = make_gateway(timeouts={"shutdown_grace_ms": 600_000})
    key = gateway.new_key()["key"]
    plain = raw_post(gateway.port, key, body("[[sim:ttft_ms=600000]]"))
    connection = raw_post(gateway.port, key, body("[[sim:output_tokens=6000,inter_us=100000]]", stream=True))
    while b"data: " not in connection.recv(65536):
        pass
    gateway.process.child.terminate()
    wait_for(lambda: any("draining" in line for line in gateway.process.lines), "it drains")
    gateway.process.child.terminate()
    data = read_all(connection)
    assert b"[DONE]" not in data and not data.endswith(b"0\r\n\r\n")
    assert b"data: {\"error\":" in data and b"shutting down" in data, "it says so"
    answer = read_all(plain)
    assert answer.startswith(b"HTTP/1.1 503 ") and b"shutting down" in answer and b"retry-after" in answer.lower()
    assert gateway.process.wait() == 0
    assert gateway.verify()[0] == 0
    gateway.start()
    for record in gateway.records()[:2]:
        assert (record["kind"], record["complete"], record["code"]) == ("request", False, "overloaded")
        assert record["attempts"][0]["outcome"] == "shutdown", "neither the client left nor did the provider fail"


# -- systemd's protocol ------------------------------------------------------------------------------------------------

def test_readiness_watchdog_and_stopping_are_told(made):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(made.folder / "notify"))
        notify.settimeout(60)
        process = Process([TSG, "serve", "--config", str(made.config)], r"listening on 127\.0\.0\.1:(\d+), admin",
                          env={"NOTIFY_SOCKET": str(made.folder / "notify"), "WATCHDOG_USEC": "400000"})
        assert notify.recv(1000) == b"READY=1"
        httpx.get(f"http://127.0.0.1:{process.match[1]}/readyz").raise_for_status()
        assert [notify.recv(1000) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        process.child.terminate()
        while (said := notify.recv(1000)) == b"WATCHDOG=1":
            pass
        assert said == b"STOPPING=1"
        assert process.wait() == 0


def test_a_socket_of_systemd_is_served_with_what_waits_in_it(made):
    with socket.socket() as inherited:
        inherited.bind(("127.0.0.1", 0))
        inherited.listen()
        port = inherited.getsockname()[1]
        early = socket.create_connection(("127.0.0.1", port), timeout=60)  # queued before anybody listens
        early.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        script = f'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" serve --config "$1" 3<&{inherited.fileno()}'
        os.set_inheritable(inherited.fileno(), True)
        child = subprocess.Popen(["bash", "-c", script, TSG, str(made.config)], close_fds=False,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert read_all(early).startswith(b"HTTP/1.1 200 ")
        finally:
            child.terminate()
            assert child.wait(40) == 0
