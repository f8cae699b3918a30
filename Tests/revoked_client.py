#!/usr/bin/env python3
"""Keys and the registry's file under a running server: made, revoked, moved away, replaced and put back.

usage: revoked_client.py URL PROGRAM      in the environment of the server, which serves pirate-games and has no keys yet
"""
import json, os, subprocess, sys, threading, time, urllib.error, urllib.request

url, program = sys.argv[1:3]
state = os.path.join(os.environ["XDG_STATE_HOME"], "loradeck")
away = state + "-away"


def call(path, body=None, key=None, **headers):
    headers |= {"Content-Type": "application/json"} | ({"Authorization": "Bearer " + key} if key else {})
    request = urllib.request.Request(url + path, None if body is None else json.dumps(body).encode(), headers)
    try:
        answer = urllib.request.urlopen(request, timeout=60)
        return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def keys(*arguments):
    return subprocess.run([program, "keys", *arguments], check=True, capture_output=True, text=True).stdout


def new_key(tenant):
    made = json.loads(keys("add", tenant, "--admin", "--json"))
    return made["id"], made["key"]


def until(what, condition):
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < 60, what
        time.sleep(0.02)
    print(f"{what}: {time.monotonic() - begin:.2f} s")


def order(command, key=None):
    return call("/deck/v1/command", {"actor": "x", "command": {command: {"adapter": "pirate-games"}}}, key=key)


def models(key=None, **headers):
    return call("/v1/models", key=key, **headers)[0]


assert models() == 200 and "done" in order("pin")[1] and call("/ready")[0] == 200
number, first = new_key("ops")
until("a first key closes the server", lambda: models() == 401)
assert models(first) == 200 and order("unpin")[0] == 401 and "done" in order("unpin", first)[1]

# Revoked while its stream runs: the only key there is.
tail = []


def read():
    body = {"model": "pirate-games", "prompt": "x", "max_tokens": 7000, "ignore_eos": True, "stream": True}
    request = urllib.request.Request(
        url + "/v1/completions", json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer " + first})
    with urllib.request.urlopen(request, timeout=120) as answer:
        for line in answer:
            tail.append(line.decode())


reader = threading.Thread(target=read)
reader.start()
until("the stream begins", lambda: len(tail) > 4)
keys("revoke", number)
until("the revoked key's stream ends", lambda: not reader.is_alive())
assert "the API key is not valid" in "".join(tail[-6:]) and "[DONE]" in "".join(tail[-3:]), tail[-6:]
for headers in [{}, {"Host": "localhost"}, {"X-Forwarded-For": "127.0.0.1"}]:
    assert models(**headers) == models(first, **headers) == 401
    assert call("/deck/v1/command", {"actor": "x", "command": {"unregister": {"adapter": "pirate-games"}}}, **headers)[0] == 401

_, second = new_key("ops")
until("a second key opens it", lambda: models(second) == 200)
assert models() == models(first) == 401 and "done" in order("pin", second)[1]

# The folder goes: orders are refused from that moment on, and what is resident is served on.
os.rename(state, away)
status, text = order("unpin", second)
assert status == 200 and "refused" in text and "was removed or renamed" in text, text
ask = {"model": "pirate-games", "prompt": "x", "max_tokens": 2}
assert call("/v1/completions", ask, key=second)[0] == 200 and models() == 401
sound = lambda value: f"loradeck:registry_sound {value}" in call("/metrics", key=second)[1]
until("the lost folder is noticed", lambda: sound("0.0"))
assert any("was removed or renamed" in e["message"] for e in json.loads(call("/deck/v1/snapshot", key=second)[1])["events"])

# Another one comes in its place: its keys count.
_, third = new_key("ops")
until("the new folder's key counts", lambda: models(third) == 200)
assert models(second) == models(first) == models() == 401
assert call("/v1/completions", ask, key=third)[0] == 200
status, text = order("unpin", third)
assert status == 200 and "refused" in text and "another file was put in place" in text, text

# And the old one comes back.
os.rename(state, state + "-other")
os.rename(away, state)
until("the old folder's key counts again", lambda: models(second) == 200)
assert models(third) == 401 and sound("1.0") and "done" in order("unpin", second)[1]
