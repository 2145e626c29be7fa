#!/usr/bin/env python3
"""A file server on 127.0.0.1 with faults, for tests. Prints "PORT\n" when it listens and serves until its standard input ends.

usage: http_server.py FOLDER [--tls CERT KEY] [--client-ca CA] [--latency MS]

  /files/PATH            the file below FOLDER, with ETag and Range
  /auth/USER/PASS/PATH   the same, for this user only (basic)
  /bearer/TOKEN/PATH     the same, for this token only
  /echo                  method, headers and body as text
  /status/N[/TEXT]       that status
  /flaky/N/KEY/PATH      status 503 to the first N requests of KEY, then the file
  /busy/N/SECONDS/KEY    429 with Retry-After to the first N, then "done"
  /redirect/N?URL        status N to URL
  /loop                  redirects to itself
  /html                  a page of HTML with status 200
  /stall                 accepts and never answers
  /stall-body            headers and half of the body, then nothing
  /reset                 closes the connection with RST
  /truncate              promises 1000 bytes and closes after 10
  /hang/N/KEY/PATH       sends N bytes to the first request of KEY and then nothing, then serves ranges
  /later/N/SECONDS/KEY/PATH  429 with Retry-After to the first N requests of KEY, then the file
  /longer/…              promises 10 bytes and sends 1000
  /slow/MS/PATH          the file, begun MS milliseconds late
  /cut/N/KEY/PATH        closes after N bytes to the first request of KEY, then serves ranges
  /chunked/N             N chunks of 1000 bytes
  /endless               never stops sending
  /log                   the requests so far, a line each, with the Range or If-None-Match they had, without this one
"""
import base64, os, socket, ssl, struct, sys, threading, time, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

args = sys.argv[1:]


def option(name, count):
    if name in args:
        at = args.index(name)
        values = args[at + 1:at + 1 + count]
        del args[at:at + 1 + count]
        return values
    return None


tls, client_ca, latency = option("--tls", 2), option("--client-ca", 1), option("--latency", 1)
root = args[0] if args else "."
lock, seen, log, connections = threading.Lock(), {}, [], [0]


def times(key):
    with lock:
        seen[key] = seen.get(key, 0) + 1
        return seen[key]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = -1

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with lock:
            connections[0] += 1
            self.number = connections[0]

    def log_message(self, *a):
        pass

    def give(self, status, body=b"", **headers):
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Connection", str(self.number))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def read_body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while True:
                n = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def abort(self):
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def file(self, path, cut=0, hang=False):
        full = os.path.normpath(os.path.join(root, urllib.parse.unquote(path)))
        try:
            with open(full, "rb") as f:
                body = f.read()
        except OSError:
            return self.give(404, "no such file\n")
        tag = '"%d-%d"' % (len(body), hash(body) & 0xffffff)
        if self.headers.get("If-None-Match") == tag:
            return self.give(304, ETag=tag)
        wanted = self.headers.get("Range", "")
        match = self.headers.get("If-Range")
        if wanted.startswith("bytes=") and match in (None, tag):
            start = int(wanted[6:].split("-")[0])
            if start >= len(body):
                return self.give(416, Content_Range="bytes */%d" % len(body))
            return self.give(206, body[start:], ETag=tag, Content_Range="bytes %d-%d/%d" % (start, len(body) - 1, len(body)))
        if cut:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body[:cut])
            self.wfile.flush()
            if hang:
                self.wait_for_end()
            self.close_connection = True
            return
        self.give(200, body, ETag=tag, Accept_Ranges="bytes")

    def wait_for_end(self):
        try:
            while self.connection.recv(1000):
                pass
        except OSError:
            pass
        self.close_connection = True

    def serve(self):
        body = self.read_body()
        path, _, query = self.path.partition("?")
        if latency:
            time.sleep(int(latency[0]) / 1000)
        if path == "/log":
            return self.give(200, "".join(log))
        with lock:
            extra = "".join(" %s: %s" % (k, self.headers[k]) for k in ("Range", "If-None-Match") if k in self.headers)
            log.append("%s %s%s\n" % (self.command, self.path, extra))
        word, *rest = path.lstrip("/").split("/")
        if word == "files":
            self.file("/".join(rest))
        elif word == "auth":
            want = "Basic " + base64.b64encode(("%s:%s" % tuple(rest[:2])).encode()).decode()
            if self.headers.get("Authorization") != want:
                return self.give(401, "who are you?\n", WWW_Authenticate="Basic realm=test")
            self.file("/".join(rest[2:]))
        elif word == "bearer":
            if self.headers.get("Authorization") != "Bearer " + rest[0]:
                return self.give(401, "who are you?\n")
            self.file("/".join(rest[1:]))
        elif word == "echo":
            lines = ["%s %s" % (self.command, self.path)] + sorted("%s: %s" % (k.lower(), v) for k, v in self.headers.items())
            self.give(200, "\n".join(lines).encode() + b"\n\n" + body)
        elif word == "status":
            self.give(int(rest[0]), rest[1] + "\n" if len(rest) > 1 else "")
        elif word == "flaky":
            if times(rest[1]) <= int(rest[0]):
                return self.give(503, "not now\n")
            self.file("/".join(rest[2:]))
        elif word == "busy":
            if times(rest[2]) <= int(rest[0]):
                return self.give(429, "slow down\n", Retry_After=rest[1])
            self.give(200, "done")
        elif word == "redirect":
            self.give(int(rest[0]), "moved\n", Location=query)
        elif word == "loop":
            self.give(302, Location="/loop")
        elif word == "html":
            self.give(200, "<!DOCTYPE html><html><body>Log in</body></html>\n", Content_Type="text/html")
        elif word == "stall":
            self.wait_for_end()
        elif word == "stall-body":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 500)
            self.wfile.flush()
            self.wait_for_end()
        elif word == "reset":
            self.abort()
        elif word == "truncate":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"0123456789")
            self.wfile.flush()
            self.close_connection = True
        elif word == "cut":
            first = times(rest[1]) == 1
            self.file("/".join(rest[2:]), cut=int(rest[0]) if first else 0)
        elif word == "hang":
            first = times(rest[1]) == 1
            self.file("/".join(rest[2:]), cut=int(rest[0]) if first else 0, hang=True)
        elif word == "later":
            if times(rest[2]) <= int(rest[0]):
                return self.give(429, "slow down\n", Retry_After=rest[1])
            self.file("/".join(rest[3:]))
        elif word == "longer":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"entries: {\n" * 100)
            self.wfile.flush()
            self.close_connection = True
        elif word == "slow":
            time.sleep(int(rest[0]) / 1000)
            self.file("/".join(rest[1:]))
        elif word in ("chunked", "endless"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                i = 0
                while word == "endless" or i < int(rest[0]):
                    self.wfile.write(b"3e8\r\n" + b"c" * 1000 + b"\r\n")
                    i += 1
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                self.close_connection = True
        else:
            self.give(404, "nothing here\n")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass

    def finish_request(self, request, client_address):
        if tls:
            request.settimeout(20)
            request.do_handshake()
        super().finish_request(request, client_address)


server = Server(("127.0.0.1", 0), Handler)
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    if client_ca:
        context.load_verify_locations(client_ca[0])
        context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
