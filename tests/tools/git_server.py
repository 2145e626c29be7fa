#!/usr/bin/env python3
"""git-http-backend behind a small HTTP server on 127.0.0.1, for tests. Prints "PORT\n" when it listens and serves until its standard input ends.

usage: git_server.py FOLDER [USER:PASSWORD] [--together N]

With --together a repository is first answered when N different ones have been asked: who asks them one after another gets 503 in the end.
"""
import base64, os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

together = 0
if "--together" in sys.argv:
    at = sys.argv.index("--together")
    together = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
root, want = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
asked, more = set(), threading.Condition()
core = subprocess.run(["git", "--exec-path"], capture_output=True, text=True).stdout.strip()


class Handler(BaseHTTPRequestHandler):
    def serve(self):
        if want and self.headers.get("Authorization") != "Basic " + base64.b64encode(want.encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        with more:
            asked.add(path.split(".git/")[0])
            more.notify_all()
            if not more.wait_for(lambda: len(asked) >= together, 60):
                self.send_response(503)
                self.end_headers()
                return
        env = dict(os.environ, GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query, REQUEST_METHOD=self.command,
                   CONTENT_TYPE=self.headers.get("Content-Type", ""), GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
                   HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run([core + "/git-http-backend"], input=body, env=env, capture_output=True)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = [int(v.split()[0]) for k, v in headers if k == "Status"]
        self.send_response(status[0] if status else 200)
        for k, v in headers:
            if k != "Status":
                self.send_header(k, v)
        self.end_headers()
        self.wfile.write(rest)

    do_GET = do_POST = serve

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
