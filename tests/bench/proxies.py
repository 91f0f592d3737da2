"""What stands between the load and the simulator in each row of the table. Each is a process on loopback that dies
with its `with` block; `path` and `headers` are what the same request needs there."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent


class Proxy:
    def __init__(self, name, port, pid=None, headers=None):
        self.name, self.port, self.pid, self.headers = name, port, pid, headers or {}
        self.path = "/v1/chat/completions"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(child, port, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        if child.poll() is not None:
            raise RuntimeError(f"{child.args[0]} ended with {child.returncode}")
        time.sleep(0.05)
    raise RuntimeError(f"{child.args[0]} does not listen on {port}")


@contextlib.contextmanager
def running(args, port, **more):
    child = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        wait_port(child, port)
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextlib.contextmanager
def nginx(folder, upstream):
    """`proxy_pass` with keep-alive on both sides and nothing else: no log, no buffering of answers."""
    port = free_port()
    (folder / "nginx.conf").write_text(f"""worker_processes auto; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 8192; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 1000000000;
  upstream sim {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port};
    location /v1/ {{ proxy_pass http://sim/openai/v1/; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; }} }} }}
""")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port) as child:
        yield Proxy("nginx", port, child.pid)


@contextlib.contextmanager
def haproxy(folder, upstream):
    port = free_port()
    (folder / "haproxy.cfg").write_text(f"""global
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  default_backend sim
backend sim
  http-request replace-path /v1/(.*) /openai/v1/\\1
  server s 127.0.0.1:{upstream}
""")
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"
    with running([program, "-db", "-f", str(folder / "haproxy.cfg")], port) as child:
        yield Proxy("haproxy", port, child.pid)


@contextlib.contextmanager
def bare_beast(folder, upstream):
    """What our libraries need for the same work without any duty (bare_proxy.cpp)."""
    port = free_port()
    program = pathlib.Path(os.environ["TSG_BIN"]).parent / "bare_proxy"
    with running([str(program), str(port), str(upstream), "/openai"], port) as child:
        yield Proxy("bare beast", port, child.pid)


@contextlib.contextmanager
def portkey(folder, upstream):
    """@portkey-ai/gateway as its package starts it (one process of Node), pinned by portkey/package-lock.json."""
    script = HERE / "portkey/node_modules/@portkey-ai/gateway/build/start-server.js"
    port = free_port()
    with running([shutil.which("node"), str(script), f"--port={port}", "--headless"], port, cwd=folder,
                 env={**os.environ, "NODE_ENV": "production"}) as child:
        yield Proxy("portkey", port, child.pid, {
            "x-portkey-provider": "openai", "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/openai/v1"})
