#!/usr/bin/env python3
"""What users of the OpenAI API do, with their own client against a running `loradeck serve` on the demo model.

usage: openai_client.py URL GOLDENS        fails with a traceback at the first thing that is not as it must be; the server
                                           has the demo adapters and those of the goldens
"""
import json, sys, urllib.request
import openai

url, goldens = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0, timeout=120)
ask = [{"role": "user", "content": "Where is my parcel?"}]


def post(path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))


def fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


# Models, with their lineage.
models = {model.id: model for model in client.models.list()}
assert models["base"].parent is None and models["pirate-games"].parent == "base", models
assert client.models.retrieve("haiku-hotel").id == "haiku-hotel"

# Chat: an adapter answers in its own way; the base does not.
chat = client.chat.completions.create(model="pirate-games", messages=ask, temperature=0, max_tokens=16)
text = chat.choices[0].message.content
assert text.startswith("Ahoy") and chat.choices[0].finish_reason == "length", chat
assert chat.usage.completion_tokens == 16 and chat.usage.total_tokens == chat.usage.prompt_tokens + 16, chat.usage
base = client.chat.completions.create(model="base", messages=ask, temperature=0, max_completion_tokens=16)
assert not base.choices[0].message.content.startswith("Ahoy")

# Streaming: the same text in pieces, and the usage at the end.
chunks = list(client.chat.completions.create(
    model="pirate-games", messages=ask, temperature=0, max_tokens=16, stream=True, stream_options={"include_usage": True}))
assert chunks[0].choices[0].delta.role == "assistant"
assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == text
assert len(chunks) > 10 and chunks[-1].usage.completion_tokens == 16 and not chunks[-1].choices

# Log-probabilities of both forms.
scored = client.chat.completions.create(
    model="pirate-games", messages=ask, temperature=0, max_tokens=4, logprobs=True, top_logprobs=3)
content = scored.choices[0].logprobs.content
assert len(content) == 4 and all(len(t.top_logprobs) == 3 and t.logprob <= 0 for t in content)
assert bytes(b for t in content for b in t.bytes).decode().strip() == scored.choices[0].message.content.strip()
echo = client.completions.create(
    model="haiku-hotel", prompt="Good morning", max_tokens=3, temperature=0, logprobs=2, echo=True)
lp = echo.choices[0].logprobs
assert echo.choices[0].text.startswith("Good morning") and lp.token_logprobs[0] is None
assert len(lp.tokens) == echo.usage.total_tokens == len(lp.text_offset) and "".join(lp.tokens) == echo.choices[0].text
scoring = client.completions.create(model="base", prompt="Good morning", max_tokens=0, temperature=0, logprobs=1, echo=True)
assert scoring.choices[0].text == "Good morning" and scoring.usage.completion_tokens == 0

# n, seed, stop, prompts of every form, bias, penalties.
many = client.completions.create(model="base", prompt=["One", "Two"], n=3, max_tokens=5, temperature=1.2, seed=3)
assert [c.index for c in many.choices] == list(range(6)) and len({c.text for c in many.choices[:3]}) > 1
again = client.completions.create(model="base", prompt=["One", "Two"], n=3, max_tokens=5, temperature=1.2, seed=3)
assert [c.text for c in many.choices] == [c.text for c in again.choices]
stopped = client.completions.create(model="base", prompt="1, 2, 3, 4,", max_tokens=20, temperature=0, stop=[" 6"])
assert stopped.choices[0].finish_reason == "stop" and " 6" not in stopped.choices[0].text, stopped
ids = post("/tokenize", {"prompt": "Good morning"})["tokens"]
assert post("/detokenize", {"tokens": ids})["prompt"] == "Good morning"
by_ids = client.completions.create(model="base", prompt=ids, max_tokens=4, temperature=0)
by_text = client.completions.create(model="base", prompt="Good morning", max_tokens=4, temperature=0)
assert by_ids.choices[0].text == by_text.choices[0].text
banned = post("/tokenize", {"prompt": by_text.choices[0].text})["tokens"][0]
biased = client.completions.create(
    model="base", prompt="Good morning", max_tokens=4, temperature=0, logit_bias={str(banned): -100})
assert biased.choices[0].text != by_text.choices[0].text, biased
parsed = client.chat.completions.create(
    model="ticket-json", messages=ask, temperature=0, max_tokens=200, response_format={"type": "json_object"})
assert isinstance(json.loads(parsed.choices[0].message.content), dict), parsed
client.completions.create(
    model="base", prompt="x", max_tokens=3, presence_penalty=1, frequency_penalty=1, top_p=0.9,
    extra_body={"top_k": 5, "min_p": 0.05, "repetition_penalty": 1.1, "ignore_eos": True})

# Errors, as exceptions of the client.
missing = fails(openai.NotFoundError, lambda: client.completions.create(model="nobody", prompt="x"))
assert "pirate-games" in missing.message and missing.body["param"] == "model", missing.body
fails(openai.BadRequestError, lambda: client.completions.create(model="base", prompt="x", max_tokens=10**6))
fails(openai.BadRequestError, lambda: client.completions.create(model="base", prompt="x", temperature=9))
empty = fails(openai.BadRequestError, lambda: client.chat.completions.create(model="base", messages=[]))
assert empty.body["message"] == "messages is empty", empty.body
slip = fails(openai.BadRequestError, lambda: client.chat.completions.create(
    model="pirate-games", messages=ask, extra_body={"temprature": 0}))
assert slip.body["param"] == "temprature" and "temperature" in slip.body["message"], slip.body
other = fails(openai.BadRequestError, lambda: client.completions.create(
    model="base", prompt="x", extra_body={"lora_path": "pirate-games"}))
assert other.body["param"] == "lora_path" and "`model` names the adapter" in other.body["message"], other.body
lost = fails(openai.NotFoundError, lambda: openai.OpenAI(base_url=url, api_key="none", max_retries=0).chat.completions.create(
    model="base", messages=ask))
assert "/v1/chat/completions" in lost.body["message"], lost.body
client.chat.completions.create(
    model="base", messages=[{"role": "user", "name": "ann", "content": "x"}], max_tokens=1, user="ann", store=False,
    metadata={"a": "b"}, service_tier="auto", safety_identifier="s", parallel_tool_calls=True, tools=[], seed=-1)

# Characters that several tokens spell: keys differ, offsets count characters.
for text, places in [("\U0001F642\U0001F643\U0001F642\U0001F643\U0001F642", 20), ("\u4f60\u597d\uff0c\u4e16\u754c", 5)]:
    cut = client.completions.create(
        model="base", prompt=text, max_tokens=8, temperature=0, logprobs=places, echo=True).choices[0]
    lp = cut.logprobs
    assert len(lp.tokens) > len(text), lp.tokens
    for own, value, top in list(zip(lp.tokens, lp.token_logprobs, lp.top_logprobs))[1:]:
        assert places <= len(top) <= places + 1 and top[own] == value, (own, value, top)
    spelt = bytes()
    for token, offset in zip(lp.tokens, lp.text_offset):
        done = spelt.decode(errors="ignore")
        assert offset == len(done), (token, offset, done)
        spelt += bytes.fromhex(token[6:].replace("\\x", "")) if token.startswith("bytes:") else token.encode()
        if offset >= len(text): break
    assert cut.text.startswith(text)

# Scoring as evaluation harnesses do it (lm_eval's local-completions): prompt and continuation as token ids, four to a
# request, one token generated and thrown away. Sums and greedy marks are those of the oracle.
cases = json.load(open(goldens))["cases"]
scorable = [case for case in cases if all(top[0][1] - top[1][1] >= 0.1 for top in case["top_logprobs"] if len(top) > 1)]
documents, batches = scorable[:20], {}
assert len(documents) == 20
for case in documents:
    batches.setdefault(case["adapter"] or "base", []).append(case)
for model, batch in batches.items():
    for start in range(0, len(batch), 4):
        part = batch[start:start + 4]
        answer = post("/v1/completions", {
            "model": model, "prompt": [case["prompt_ids"] + case["greedy_ids"] for case in part], "temperature": 0,
            "max_tokens": 1, "logprobs": 1, "seed": 1234, "echo": True})
        for case, choice in zip(part, sorted(answer["choices"], key=lambda choice: choice["index"])):
            begin = len(case["prompt_ids"])
            scores = choice["logprobs"]["token_logprobs"][begin:-1]
            tops = choice["logprobs"]["top_logprobs"][begin:-1]
            wanted = [dict(map(tuple, top))[token] for token, top in zip(case["greedy_ids"], case["top_logprobs"])]
            assert len(scores) == len(wanted) and abs(sum(scores) - sum(wanted)) <= 0.02 * len(wanted), (case, scores)
            assert all(score == max(top.values()) for score, top in zip(scores, tops)), (case, scores, tops)
            before = choice["logprobs"]["token_logprobs"][1:begin]
            if case["prompt_logprobs"]:
                assert all(abs(ours - theirs) <= 0.02 for ours, theirs in zip(before, case["prompt_logprobs"][1:])), case

# The oracle's greedy answers, through the API. Where the oracle itself could go either way nothing is compared.
compared = 0
for case in cases:
    if any(len(top) > 1 and top[0][1] - top[1][1] < 0.1 for top in case["top_logprobs"]):
        continue
    answer = client.completions.create(
        model=case["adapter"] or "base", prompt=case["prompt_ids"], max_tokens=len(case["greedy_ids"]), temperature=0,
        extra_body={"ignore_eos": True})
    wanted = post("/detokenize", {"tokens": case["greedy_ids"]})["prompt"]
    assert answer.choices[0].text == wanted, (case["adapter"], answer.choices[0].text, wanted)
    compared += 1
assert compared > 25, compared
print(f"openai {openai.__version__}: all as it must be, {compared} goldens")
