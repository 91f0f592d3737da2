"""A client that sends bytes, not requests: for heads, framings and behaviours that no HTTP library produces."""
import json
import socket
import struct


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def code(self):
        return json.loads(self.body)["error"]["code"]


class Raw:
    """One connection. Every wait has a limit, so that a hanging gateway fails the test."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(60)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.read = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """True if all of it was taken; a server may answer and close before it has read everything."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.read += data
        return bool(data)

    def take_until(self, mark):
        while mark not in self.read:
            if not self.fill():
                raise EOFError(f"the connection ended after {self.read[:300]!r}")
        head, self.read = self.read.split(mark, 1)
        return head

    def answer(self):
        """One whole answer with content-length."""
        lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        size = int(headers.get("content-length", "0"))
        while len(self.read) < size and self.fill():
            pass
        body, self.read = self.read[:size], self.read[size:]
        return Answer(int(lines[0].split()[1]), headers, body)

    def rest(self):
        """Everything until the end of the connection."""
        while self.fill():
            pass
        data, self.read = self.read, b""
        return data

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def head(key, size=None, *more, path="/v1/chat/completions", method="POST"):
    """A good request head, and what is put into it."""
    lines = [f"{method} {path} HTTP/1.1", "host: gateway", f"authorization: Bearer {key}",
             "content-type: application/json", *more]
    if size is not None:
        lines.append(f"content-length: {size}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request(key, payload, *more):
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return head(key, len(data), *more) + data
