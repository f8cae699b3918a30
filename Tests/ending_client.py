#!/usr/bin/env python3
"""A server that is told to end while it answers.

usage: ending_client.py URL PID whole|cut|twice
    whole   the answer comes to its own end, and nothing new begins meanwhile
    cut     the answer outlasts its time and is told so
    twice   a second signal ends the server at once
"""
import http.client, json, os, signal, sys, time, urllib.parse

url, process, what = urllib.parse.urlparse(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def call(method, path, body=None):
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
    connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
    return connection.getresponse()


tokens = 120 if what == "whole" else 7000
ask = {"model": "base", "prompt": "Once upon a time", "max_tokens": tokens, "ignore_eos": True, "stream": True}
assert call("GET", "/ready").status == 200
stream = call("POST", "/v1/completions", ask)
first = stream.readline()
assert stream.status == 200 and first.startswith(b"data: "), first

os.kill(process, signal.SIGTERM if what != "twice" else signal.SIGINT)
if what == "whole":
    while call("GET", "/ready").status == 200:
        time.sleep(0.01)
    refused = call("POST", "/v1/completions", ask | {"max_tokens": 1})
    error = json.loads(refused.read())["error"]
    assert refused.status == 503 and int(refused.headers["Retry-After"]) >= 1, (refused.status, refused.headers)
    assert error["type"] == "ServiceUnavailableError" and error["code"] == 503, error
    assert call("GET", "/health").status == 200
if what == "twice":
    time.sleep(0.5)
    os.kill(process, signal.SIGTERM)

begin = time.monotonic()
try:
    text = stream.read().decode()
except http.client.IncompleteRead as cut:
    assert what == "twice"
    text = ""
print(f"{what}: the stream ended {time.monotonic() - begin:.2f} s later")
events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
if what == "whole":
    assert text.endswith("data: [DONE]\n\n") and events[-1]["choices"][0]["finish_reason"] == "length", text[-300:]
if what == "cut":
    assert text.endswith("data: [DONE]\n\n") and events[-1]["error"]["code"] == 503, text[-300:]
