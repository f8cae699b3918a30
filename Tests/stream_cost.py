#!/usr/bin/env python3
"""Keeps eight requests of eight adapters under way on a running loradeck, and counts what its stream of snapshots takes.

usage: stream_cost.py URL [--seconds 20] [--limit BYTES_A_SECOND]
"""
import argparse, http.client, json, threading, time, urllib.parse, zlib

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("--seconds", type=float, default=20)
parser.add_argument("--limit", type=float)
options = parser.parse_args()
url = urllib.parse.urlparse(options.url)
over = threading.Event()


def connect():
    return http.client.HTTPConnection(url.hostname, url.port, timeout=60)


def load(model):
    while not over.is_set():
        connection = connect()
        body = json.dumps({"model": model, "prompt": "Where is my parcel?", "max_tokens": 16, "ignore_eos": True})
        connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()


def names():
    connection = connect()
    connection.request("GET", "/v1/models")
    return [model["id"] for model in json.load(connection.getresponse())["data"]]


while len(models := names()) < 9:
    time.sleep(0.1)
threads = [threading.Thread(target=load, args=(model,)) for model in models[1:]]
for thread in threads: thread.start()
try:
    connection = connect()
    connection.request("GET", "/deck/v1/stream", headers={"Accept-Encoding": "deflate"})
    stream = connection.getresponse()
    assert stream.headers["Content-Encoding"] == "deflate", stream.headers
    unpack = zlib.decompressobj()

    def read():
        """The next frames' bytes as they came, and the lines that they hold."""
        piece = stream.read1()
        assert piece, "the stream ended"
        return len(piece), unpack.decompress(piece).count(b"\n")

    # The first frame is the whole deck; the others are what changed.
    full, lines = 0, 0
    while lines < 1:
        count, lines = read()
        full += count
    total, frames, start = 0, 0, time.monotonic()
    while (elapsed := time.monotonic() - start) < options.seconds:
        count, lines = read()
        total, frames = total + count, frames + lines
    rate = total / elapsed
finally:
    over.set()
for thread in threads: thread.join()
print(f"first frame {full} bytes, then {frames} frames of {total // max(frames, 1)} bytes in the mean, {rate:.0f} bytes/s")
# The time of the last frame is not over when it comes.
assert options.limit is None or rate <= options.limit + total / max(frames, 1) / options.seconds, rate
assert frames > options.seconds, frames
