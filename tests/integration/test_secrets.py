"""Canaries: the keys of clients and providers, and the admin token, stand in no log, metric, record, answer or file."""
import json
import os
import signal
import subprocess

import httpx
from harness import TSG, body, wait_for
from raw import Raw, head, request


def cli(gateway, *args):
    done = subprocess.run([TSG, *args], capture_output=True, text=True, timeout=60, env={
        **os.environ, "TSG_ADMIN_URL": str(gateway.admin.base_url), "TSG_ADMIN_TOKEN": gateway.admin_token})
    return done.stdout + done.stderr


def provoke_answers(gateway, key, seen):
    """Every kind of failure, with the keys where they belong and where they do not."""
    with httpx.Client(base_url=gateway.url, timeout=60, headers={"authorization": f"Bearer {key}"}) as http:
        # As raw bytes: some of these answers are cut off on purpose.
        for payload in (body(), body(model="openai/sim-echo-key"), body("[[sim:fault=echo-key]]"),
                        body("[[sim:fault=echo-key]]", stream=True), body("[[sim:fault=401]]"), body("[[sim:fault=quota]]"),
                        body("[[sim:fault=html-502]]"), body("[[sim:fault=malformed]]"), body("[[sim:fault=reset]]"),
                        body("[[sim:fault=cut-stream]]", stream=True), body("[[sim:fault=error-event]]", stream=True),
                        body(model="no-such-model"), body(temperature="hot"), body(model="unknown-ca/gpt-4o")):
            with Raw(gateway.port) as connection:
                connection.send(request(key, payload, "connection: close"))
                seen.append(connection.rest().decode())
        for text in (key, gateway.provider_key):  # sent where a name belongs
            for model in (text, f"openai/{text}"):
                seen.append(http.post("/v1/chat/completions", json=body(model=model), headers={"x-request-id": text}).text)
            seen.append(http.get(f"/v1/models/{text}", headers={"x-request-id": f"job-{text}"}).text)
            seen.append(http.post("/v1/chat/completions", json=body(**{text: 1})).text)
            seen.append(http.post("/v1/chat/completions", json=body(), headers={"idempotency-key": text}).text)
        seen.append(http.get("/v1/usage").text + http.get("/v1/models").text)
        seen.append(http.get("/v1/models", params={"api_key": key}).text)  # keys do not belong in URLs
        seen.append(http.get(f"/v1/{key}").text)
    for bad in (key[:-1] + "!", "Bearer " + key, key + key):
        seen.append(httpx.get(gateway.url + "/v1/models", headers={"authorization": f"Bearer {bad}"}).text)
    with Raw(gateway.port) as connection:  # refused heads
        connection.send(head(key, 5, "transfer-encoding: chunked"))
        seen.append(connection.rest().decode())


def provoke_operator(gateway, seen):
    """Reloads that fail, checks, the command line, the admin API."""
    good = gateway.config.read_text()
    config = json.loads(good)
    config["secrets"]["admin_token"] = "file:secrets/provider"  # another secret: needs a restart
    gateway.config.write_text(json.dumps(config))
    gateway.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: any("stays" in line for line in gateway.process.lines), "the reload is refused")
    config = json.loads(good)
    config["providers"]["openai"]["credentials"][0]["key"] = gateway.provider_key  # written where a reference belongs
    gateway.config.write_text(json.dumps(config))
    seen.append(cli(gateway, "check", "--config", str(gateway.config)))
    before = len(gateway.process.lines)
    gateway.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: any("stays" in line for line in gateway.process.lines[before:]), "the reload is refused")
    gateway.config.write_text(good)
    for args in (["check", "--config", str(gateway.config)], ["key", "list"], ["audit", "list"], ["org", "list"],
                 ["key", "list", "--output", "json"], ["provider", "list"], ["key", "revoke", "key_nobody"]):
        seen.append(cli(gateway, *args))
    for path in ("/metrics", "/admin/v1/audit?limit=1000", "/admin/v1/keys", "/admin/v1/providers", "/admin/v1/orgs",
                 "/admin/v1/nothing"):
        seen.append(gateway.admin.get(path).text)
    wrong = httpx.get(f"{gateway.admin.base_url}/admin/v1/keys", headers={"authorization": f"Bearer {gateway.admin_token}x"})
    seen.append(wrong.text)


def test_no_secret_is_written_anywhere(make_gateway):
    gateway = make_gateway(log_level="trace")
    key = gateway.new_key(models=["*", "openai/*", "unknown-ca/*"])["key"]
    secrets = {"provider key": gateway.provider_key, "client key": key, "admin token": gateway.admin_token,
               "master key": (gateway.folder / "secrets/master").read_text().strip(),
               "pepper": (gateway.folder / "secrets/pepper").read_text().strip()}
    seen, files = [], {}

    def read_files():  # while it runs too: what is only in the write-ahead log counts
        for file in gateway.data_dir.rglob("*"):
            if file.is_file():
                files[file.name] = files.get(file.name, b"") + file.read_bytes()

    provoke_answers(gateway, key, seen)
    provoke_operator(gateway, seen)
    read_files()
    assert any(name.endswith("-wal") for name in files)
    gateway.kill()  # the log of a killed one, and what recovery says
    gateway.start()
    gateway.stop()
    read_files()
    seen.append(gateway.log())
    assert len(gateway.log()) > 500 and all(text is not None for text in seen)
    for name, secret in secrets.items():
        for text in seen:
            assert secret not in text, f"{name} in an answer, a log line or a metric: {text[:2000]}"
        for file, data in files.items():
            assert secret.encode() not in data, f"{name} in {file}"
            if len(secret) == 64:
                assert bytes.fromhex(secret) not in data, f"{name} in {file}, raw"
