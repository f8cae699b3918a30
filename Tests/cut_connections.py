#!/usr/bin/env python3
"""Two hundred clients at once, half of which go at random; then no request sticks and no sequence holds a page.

usage: cut_connections.py URL
"""
import http.client, json, random, socket, struct, sys, threading, time, urllib.parse

url = urllib.parse.urlparse(sys.argv[1])
names = ["base", "pirate-games", "haiku-hotel", "ticket-json"]
random.seed(5)
whole, errors = [], []


def client(index):
    cut = index % 2 == 0
    body = {"model": names[index % 4], "prompt": f"Request {index}", "max_tokens": 400 if cut else 8, "stream": True,
            "ignore_eos": True}
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=300)
    try:
        connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
        if cut:
            time.sleep(random.random() * 3)
            if random.random() < 0.5:
                # Close with a reset.
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        else:
            answer = connection.getresponse()
            text = answer.read().decode()
            (whole if answer.status == 200 and text.endswith("data: [DONE]\n\n") else errors).append(text[-300:])
    except Exception as error:
        if not cut:
            errors.append(repr(error))


threads = [threading.Thread(target=client, args=(index,)) for index in range(200)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not errors and len(whole) == 100, (len(whole), errors[:3])


def snapshot():
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    connection.request("GET", "/deck/v1/snapshot")
    return json.load(connection.getresponse())


end = time.time() + 20
while True:
    deck = snapshot()
    pool = deck["pool"]
    # Idle: what is used are adapters and cached prefixes (invariant 11).
    used = len(pool["pages"]) - pool["freePages"]
    live = deck["totals"]["running"] + deck["totals"]["waiting"]
    if live == 0 and pool["kvPages"] == 0 and used == pool["adapterPages"] + pool["prefixes"]["pages"]: break
    assert time.time() < end, (live, pool["kvPages"], used, pool["adapterPages"], pool["prefixes"])
    time.sleep(0.2)
print("no request sticks, no page leaks")
