"""A server that merely speaks a dialect: says what a test wrote for the model it is asked for, byte for byte."""
import json
import re
import socketserver
import threading

ENTRY = {"mode": "chat", "status": "current", "prices": {"input": "2.5", "cached_input": "1.25", "output": "10"}}


def chunk(delta=None, finish=None, index=0, **more):
    choice = {"index": index, "delta": {} if delta is None else delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1790000000, "model": "m", "choices": [choice], **more}


def event(data):
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"


USAGE = {"prompt_tokens": 30, "completion_tokens": 3, "total_tokens": 33}  # 0.000105 USD at ENTRY's prices
TEXT = [chunk({"role": "assistant", "content": ""}), chunk({"content": "Hello"}), chunk({"content": " you"})]
USAGE_CHUNK = {**chunk(), "choices": [], "usage": USAGE}


def answer(message=None, finish="stop", **more):
    return {"id": "c1", "object": "chat.completion", "created": 1790000000, "model": "m",
            "choices": [{"index": 0, "message": message or {"role": "assistant", "content": "Hello you"},
                         "finish_reason": finish}], "usage": USAGE, **more}


class Reply:
    """What goes over the wire: `pieces` are written one by one as HTTP chunks; a number is a pause in seconds."""

    def __init__(self, *pieces, type="text/event-stream", status=200, headers=(), end="chunk"):
        self.pieces, self.type, self.status, self.headers, self.end = pieces, type, status, headers, end

    def play(self, write, sleep):
        head = [f"HTTP/1.1 {self.status} X", *self.headers, "transfer-encoding: chunked", "connection: close"]
        if self.type:
            head.append(f"content-type: {self.type}")
        write(("\r\n".join(head) + "\r\n\r\n").encode())
        for piece in self.pieces:
            if isinstance(piece, (int, float)):
                if not sleep(piece):
                    return
                continue
            data = piece if isinstance(piece, bytes) else piece.encode()
            write(b"%x\r\n%s\r\n" % (len(data), data))
        if self.end == "chunk":
            write(b"0\r\n\r\n")


def events(*chunks, done=True, **more):
    return Reply(*[c if isinstance(c, (int, float)) else c if isinstance(c, str) and c.endswith("\n") else event(c)
                   for c in chunks], *([event("[DONE]")] if done else []), **more)


def one_body(body, type="application/json", **more):
    return Reply(body if isinstance(body, (str, bytes)) else json.dumps(body), type=type, **more)


class Stub:
    def __init__(self, replies):
        self.replies, self.asked, self.stopped = replies, [], threading.Event()
        stub = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                length = 0
                while (line := self.rfile.readline().strip()):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                body = self.rfile.read(length)
                name = re.search(rb'"model":\s*"([^"]+)"', body)
                stub.asked.append(body)
                try:
                    stub.replies[name[1].decode()].play(self.write, lambda s: not stub.stopped.wait(s))
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def write(self, data):
                self.wfile.write(data)
                self.wfile.flush()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
