#!/usr/bin/env python3
"""Predictions by HTTP, computed once in 30 minutes.

    CACHE_URL=redis://127.0.0.1:6379/0 python3 app.py [PORT]      port 8000 unless named; 0: a free one
    curl 127.0.0.1:8000/api/predictions/spread/2026-11-29-KC-DEN
    curl 127.0.0.1:8000/health

Environment variables: CACHE_URL, see cache_aside.py; PREDICTION_SECONDS: what the stand-in for an
expensive model takes (0.5).
"""
import http.server
import json
import logging
import os
import signal
import sys
import threading
import time

from cache_aside import open_cache

cache = open_cache(os.environ["CACHE_URL"])
seconds = float(os.environ.get("PREDICTION_SECONDS", "0.5"))


@cache.cached("prediction")
def predict(category, game):
    logging.info("computing %s of %s", category, game)
    time.sleep(seconds)
    return {"category": category, "game": game, "home": 0.5, "draw": 0.3, "away": 0.2}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        match self.path.strip("/").split("/"):
            case ["api", "predictions", category, game]:
                self.answer(200, predict(category, game))
            case ["health"]:
                self.answer(200, cache.health())
            case _:
                self.answer(404, {"error": "there is no such thing"})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    logging.basicConfig(level=logging.INFO)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        # Requests that have begun are answered before it ends.
        server.daemon_threads = False
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print("listening on port", server.server_port, flush=True)
        server.serve_forever()
    cache.close()


if __name__ == "__main__":
    main()
