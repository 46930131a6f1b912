"""In the place of nginx's live map: streams of server-sent events that say what a test lets them say, and nothing else."""

import http.server
import json
import threading


class Streams(http.server.ThreadingHTTPServer):
    """As a context manager. `opened`: how many streams there were; `say` speaks to the latest."""

    daemon_threads = True

    def __init__(self):
        self.opened = 0
        self.latest = None
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()

    def say(self, event, data):
        self.latest.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    def say_status(self, first, last, seat, status):
        """What happened to one seat after version `first`, up to `last`."""
        self.say("seats", {"from": first, "version": last, "changes": [{"seats": [seat], "status": status}]})


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": hi\n\n")
        self.server.latest = self.wfile
        self.server.opened += 1
        self.server.over.wait()

    def log_message(self, *_):
        pass
