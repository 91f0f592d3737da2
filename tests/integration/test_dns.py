"""A provider's name that does not resolve, and then does. The gateway has a hosts file of its own: nothing of the
system is changed."""
import shutil
import subprocess

import pytest
from faults import Seen
from harness import Gateway, Sim, wait_for

QUICK, NAME = "[[sim:output_tokens=3]]", "heals.test"
MOUNT = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'


@pytest.fixture
def own_names(tmp_path):
    """(a command's beginning that gives it own files, the hosts file)"""
    hosts, resolv = tmp_path / "hosts", tmp_path / "resolv.conf"
    shutil.copyfile("/etc/hosts", hosts)
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")  # nobody answers there, at once
    within = ["unshare", "--mount", "sh", "-c", MOUNT, "sh", str(hosts), str(resolv)]
    try:
        subprocess.run([*within, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount in a namespace of its own")
    return within, hosts


def test_a_name_that_does_not_resolve_and_then_does(tmp_path, sim, certificate, own_names):
    within, hosts = own_names
    plain = Sim()
    gateway = Gateway(tmp_path, {
        "heals": {"dialect": "openai", "base_url": f"http://{NAME}:{plain.port}/v1", "insecure": True},
        "second": {"dialect": "openai", "base_url": sim.base_url(), "ca_file": str(certificate[0])}},
        routes={"smart": {"targets": ["heals/gpt-4o", "second/gpt-4o"]}}, timeouts={"dial_ms": 3000})
    gateway.within = within
    try:
        gateway.start()
        gateway.seed()
        key = gateway.new_key(models=["*", "*/*"])["key"]

        alone = Seen(gateway, key, "heals/gpt-4o", False, text=QUICK)
        assert (alone.status, alone.error["code"]) == (503, "provider_unavailable")
        assert alone.headers["x-should-retry"] == "true", "nothing was sent"
        assert alone.record["detail"].startswith("name not resolved")
        for stream in (False, True):
            seen = Seen(gateway, key, "smart", stream, text=QUICK)
            assert seen.complete and seen.record["provider"] == "second"
            assert [(a["target"], a["stage"]) for a in seen.record["attempts"]] == [("heals/gpt-4o", "dial"), ("second/gpt-4o", "done")]
        assert plain.upstream_requests() == 0

        with hosts.open("a") as file:
            file.write(f"127.0.0.1 {NAME}\n")
        healed = wait_for(lambda: (seen := Seen(gateway, key, "smart", False, text=QUICK)).record["provider"] == "heals" and seen,
                          "the name to be found", 60)
        assert healed.complete and plain.upstream_requests() == 1
        assert gateway.stop() == 0, gateway.log()
    finally:
        if gateway.process and gateway.process.running():
            gateway.kill()
        plain.stop()
