#!/usr/bin/env python3
"""What a tenant's key opens on the real program, and what it does not.

usage: tenant_client.py URL KEY ADMINKEY       the key may use pirate-games; sneaky is a symlink in the adapter root
                                    that leads out of it
"""
import json, sys, time, urllib.error, urllib.request

url, key, admin = sys.argv[1:4]


def call(path, body=None, key=key):
    headers = {"Content-Type": "application/json"} | ({"Authorization": "Bearer " + key} if key else {})
    request = urllib.request.Request(url + path, None if body is None else json.dumps(body).encode(), headers)
    try:
        answer = urllib.request.urlopen(request, timeout=60)
        return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


ask = lambda model: {"model": model, "prompt": "Where is my parcel?", "max_tokens": 4}
assert call("/v1/completions", ask("pirate-games"))[0] == 200
assert call("/v1/completions", ask("haiku-hotel"))[0] == 404
assert call("/v1/completions", ask("pirate-games"), key=None)[0] == 401
assert [m["id"] for m in json.loads(call("/v1/models")[1])["data"]] == ["base", "pirate-games"]
assert "haiku-hotel" not in call("/metrics")[1] and "haiku-hotel" in call("/metrics", key=admin)[1]
for path, body in [("/v1/load_lora_adapter", {"lora_name": "x", "lora_path": "haiku-hotel"}),
                   ("/v1/unload_lora_adapter", {"lora_name": "haiku-hotel"}),
                   ("/deck/v1/command", {"actor": "x", "command": {"load": {"adapter": "haiku-hotel"}}})]:
    assert call(path, body)[0] == 403, path
# Out of the adapter root: as an absolute path, through dots, and through a symlink; each is audited.
for path in ["/etc", "../../../../etc", "sneaky"]:
    status, text = call("/v1/load_lora_adapter", {"lora_name": "evil", "lora_path": path}, key=admin)
    assert status == 400 and "leads out of the adapter root" in text, (status, text)
assert call("/v1/completions", ask("sneaky"), key=admin)[0] == 404
# A snapshot may be a moment older than the answer.
deadline = time.monotonic() + 30
while True:
    events = json.loads(call("/deck/v1/snapshot", key=admin)[1])["events"]
    if sum(e["kind"] == "refusal" and e["actor"] == "ops" and "leads out" in e["message"] for e in events) == 4:
        break
    assert time.monotonic() < deadline, events
    time.sleep(0.05)
assert call("/v1/load_lora_adapter", {"lora_name": "pirate-games", "pinned": True}, key=admin)[0] == 200
assert call("/v1/unload_lora_adapter", {"lora_name": "nobody"}, key=admin)[0] == 404
print("tenants are apart")
