#!/usr/bin/python3
"""A small HTTP server on 127.0.0.1 that can go on in the middle of a file, for tests.

    range-server.py FOLDER LOG STALLED

Prints its port once it listens. Writes one line a request to LOG before it answers:
PATH RANGE STATUS. The first part of a path says how the file in FOLDER is served:
/whole/FILE as it should be, /cut/FILE with the connection closed halfway through the first
answer (to each query string), /norange/FILE without ranges, /stall/FILE half of it, then a line into the FIFO
STALLED, then nothing more.

SPDX-License-Identifier: GPL-3.0-or-later
"""

import http.server
import os
import re
import sys
import threading

folder, log_path, stalled_path = sys.argv[1:4]
seen = set()
never = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        match = re.fullmatch(r"/(whole|cut|norange|stall)/([\w.-]+)", self.path.split("?")[0])
        path = os.path.join(folder, match.group(2)) if match else None
        if not path or not os.path.isfile(path):
            self.log_answer(404)
            self.send_error(404)
            return
        with open(path, "rb") as file:
            self.answer(match.group(1), file.read())

    def answer(self, mode, data):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted.group(1)) if wanted and mode != "norange" else 0
        if start >= len(data):
            self.log_answer(416)
            self.send_response(416)
            self.send_header("Content-Range", "bytes */%d" % len(data))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        status = 206 if start else 200
        self.log_answer(status)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range",
                             "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.end_headers()
        self.send_body(mode, data[start:])

    def send_body(self, mode, body):
        if mode == "stall" or (mode == "cut" and self.path not in seen):
            seen.add(self.path)
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            if mode == "stall":
                with open(stalled_path, "w") as fifo:
                    fifo.write("stalled\n")
                never.wait()
            self.close_connection = True
        else:
            self.wfile.write(body)

    def log_answer(self, status):
        with open(log_path, "a") as file:
            file.write("%s %s %d\n" % (self.path, self.headers.get("Range", "-"), status))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
