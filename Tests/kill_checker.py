#!/usr/bin/env python3
"""Kills a server again and again while it is given orders, and compares what it serves after each restart with what it
acknowledged: names, digests, pins, answers, and that what was unregistered stays away. What was acknowledged is asked for at
once, too. Folders change between some restarts: those, and only those, are news.

usage: kill_checker.py PROGRAM MODEL ADAPTER KILLS [SEED]
"""
import http.client, json, os, random, shutil, signal, struct, subprocess, sys, tempfile, threading, time, unicodedata, urllib.parse

program, model, adapter, kills = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
dice = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 14)
home = tempfile.mkdtemp(prefix="loradeck-kills-")
root = os.path.join(home, "loras")
environment = dict(os.environ, XDG_STATE_HOME=os.path.join(home, "state"))
# The last is on the disk as macOS writes it.
folders = ["a", "b", "c", unicodedata.normalize("NFD", "café")]
count = dict.fromkeys(["kills", "orders", "refused", "answers", "news", "in flight"], 0)
contents = 0


def forge(path):
    """Puts an adapter whose content is like no other's at a path; returns its digest."""
    global contents
    contents += 1
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(adapter, path)
    with open(os.path.join(path, "adapter_model.safetensors"), "r+b") as file:
        # Other numbers in its last matrix, of 32-bit floats: answers differ by more than rounding.
        values = random.Random(contents)
        file.seek(-4 * 128, os.SEEK_END)
        file.write(struct.pack("<128f", *(values.uniform(-1, 1) for _ in range(128))))
    told = subprocess.run([program, "adapters", "inspect", path, "--model", model, "--json"], env=environment,
                          capture_output=True, check=True)
    return json.loads(told.stdout)["digest"]


class Server:
    def __init__(self):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "0", "--model", model, "--adapters", root, "--memory", "16M"],
            env=environment, stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        assert " on http" in line, line
        url = urllib.parse.urlparse(line.split()[-1])
        self.host, self.port = url.hostname, url.port

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Truth:
    """What was acknowledged: names in Unicode's form C."""
    def __init__(self):
        self.served, self.earlier, self.pinned = {}, {}, set()

    def copy(self):
        other = Truth()
        other.served, other.pinned = dict(self.served), set(self.pinned)
        other.earlier = {name: list(digests) for name, digests in self.earlier.items()}
        return other

    def point(self, name, digest):
        if name in self.served and self.served[name] != digest:
            self.earlier.setdefault(name, []).append(self.served[name])
        self.served[name] = digest

    def apply(self, order):
        kind, name, digest = order
        if kind in ("register", "rollback"):
            self.point(name, digest)
        elif kind == "unregister":
            self.served.pop(name), self.earlier.pop(name, None), self.pinned.discard(name)
        elif kind == "pin":
            self.pinned.add(name)
        else:
            self.pinned.discard(name)

    def shown(self):
        return self.served, self.pinned


def composed(name):
    return unicodedata.normalize("NFC", name)


def choose(truth):
    """An order, and the command that gives it."""
    folder = dice.choice(folders)
    name, spelt = composed(folder), dice.choice([folder, composed(folder)])
    if name in truth.served and dice.random() < 0.6:
        kind = dice.choice(["unregister", "pin", "unpin", "rollback"])
        earlier = [digest for digest in truth.earlier.get(name, []) if digest != truth.served[name]]
        if kind == "rollback" and earlier:
            digest = dice.choice(earlier)
            return (kind, name, digest), {"rollback": {"adapter": spelt, "to": digest}}
        if kind == "rollback" or (kind == "unpin") != (name in truth.pinned) and kind != "unregister":
            kind = "unregister"
        return (kind, name, None), {kind: {"adapter": spelt}}
    path = dice.choice([folder] + list(vault))
    digest = own[name] if path == folder else vault[path]
    return ("register", name, digest), {"register": {"name": spelt, "path": path, "overrideBase": False}}


def give(server, truth, state):
    """Gives orders until the server is gone. The one whose answer never came may have been carried out or not."""
    while True:
        order, command = choose(truth)
        state["pending"] = order
        try:
            status, body = server.ask("POST", "/deck/v1/command", {"command": command, "actor": "checker"})
        except (OSError, http.client.HTTPException):
            return
        state["pending"] = None
        assert status == 200, (status, body)
        if "done" not in json.loads(body):
            # A copy that is not there yet, or no room for another pin.
            count["refused"] += 1
            assert order[0] in ("rollback", "pin"), (order, body)
            continue
        truth.apply(order)
        count["orders"] += 1
        try:
            status, body = server.ask("GET", "/v1/models/" + urllib.parse.quote(order[1]))
        except (OSError, http.client.HTTPException):
            return
        assert status == (200 if order[1] in truth.served else 404), ("not read at once", order, status, body)


def served(server):
    status, body = server.ask("GET", "/deck/v1/snapshot")
    assert status == 200, body
    adapters = json.loads(body)["adapters"]
    names = {adapter["name"]: adapter["digest"] for adapter in adapters}
    assert len(names) == len(adapters) and all(composed(name) == name for name in names), adapters
    return names, {adapter["name"] for adapter in adapters if adapter["isPinned"]}


def check_answer(server, truth):
    """A name answers as its content does, and one that was unregistered does not."""
    name = composed(dice.choice(folders))
    status, body = server.ask("POST", "/v1/completions", {
        "model": name, "prompt": [5, 9, 2, 7], "max_tokens": 4, "temperature": 0, "logprobs": 1, "ignore_eos": True})
    if name not in truth.served:
        assert status == 404, ("came back", name, status, body)
        assert name not in served(server)[0]
        return
    assert status == 200, (name, status, body)
    # The base's products are rounded as the batch has it.
    told = [round(number, 3) for number in json.loads(body)["choices"][0]["logprobs"]["token_logprobs"]]
    digest = truth.served[name]
    known = answers.setdefault(digest, told)
    assert all(abs(one - other) < 0.01 for one, other in zip(known, told)), ("another's answer", name, known, told)
    count["answers"] += 1


try:
    os.makedirs(root)
    own = {composed(folder): forge(os.path.join(root, folder)) for folder in folders}
    vault = {f"vault/v{index}": forge(os.path.join(root, "vault", f"v{index}")) for index in range(3)}
    answers, truth, server = {}, Truth(), Server()
    for name, digest in own.items(): truth.point(name, digest)
    assert served(server) == truth.shown(), (served(server), truth.shown())
    for _ in range(kills):
        state = {"pending": None, "fault": None}

        def run():
            try: give(server, truth, state)
            except Exception as fault: state["fault"] = fault
        writer = threading.Thread(target=run)
        writer.start()
        time.sleep(dice.uniform(0.02, 0.4))
        server.kill()
        writer.join()
        if state["fault"]: raise state["fault"]
        count["kills"] += 1
        possible = [truth]
        if state["pending"]:
            count["in flight"] += 1
            possible.append(truth.copy())
            possible[1].apply(state["pending"])
        if dice.random() < 0.25:
            folder = dice.choice(folders)
            own[composed(folder)] = forge(os.path.join(root, folder))
            for one in possible: one.point(composed(folder), own[composed(folder)])
            count["news"] += 1
        server = Server()
        found = served(server)
        fitting = [one for one in possible if one.shown() == found]
        assert fitting, ("served", found, "acknowledged", [one.shown() for one in possible], state["pending"])
        truth = fitting[0]
        for _ in range(2): check_answer(server, truth)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)
    known = list(answers.values())
    alike = [(one, other) for index, one in enumerate(known) for other in known[:index]
             if max(abs(a - b) for a, b in zip(one, other)) < 0.01]
    assert not alike, ("contents that answer alike prove nothing", alike)
    print("all as acknowledged:", ", ".join(f"{number} {what}" for what, number in count.items()))
finally:
    if "server" in globals(): server.process.kill()
    shutil.rmtree(home, ignore_errors=True)
