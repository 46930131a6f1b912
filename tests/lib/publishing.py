"""In the place of nginx's publisher: takes posts on a Unix socket, refuses or delays them as it is told."""

import http.server
import socketserver
import threading
import time
from dataclasses import dataclass


@dataclass
class Post:
    channel: str
    event: str
    body: str
    at: float  # monotonic seconds


class Publisher(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """As a context manager. `posts`: all that came; `accept(post)`: the status of the answer; `delay(post)`: seconds before it."""

    daemon_threads = True

    def __init__(self, path):
        self.posts = []
        self.accept = lambda post: 202
        self.delay = lambda post: 0
        super().__init__(str(path), Handler)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def of(self, channel):
        return [(post.event, post.body) for post in self.posts if post.channel == channel]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        post = Post(self.path.removeprefix("/publish/"), self.headers["X-EventSource-Event"], body, time.monotonic())
        self.server.posts.append(post)
        time.sleep(self.server.delay(post))
        self.send_response(self.server.accept(post))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
