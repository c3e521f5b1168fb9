from anthropic import Anthropic
from probe import MESSAGES, MODEL, TOO_LARGE, URL, answer, pieces, see


def client(token):
    return Anthropic(base_url=URL, api_key=token, max_retries=0)


def chat(token="all-token", messages=MESSAGES, model=MODEL):
    return client(token).messages.create(model=model, messages=messages, max_tokens=16)


def stream():
    with client("all-token").messages.stream(model=MODEL, messages=MESSAGES, max_tokens=16) as events:
        return list(events.text_stream)


see(
    ["anthropic"],
    {
        "chat": lambda: answer(chat().content[0].text),
        "stream": lambda: pieces(stream()),
        "models": lambda: [model.id for model in client("all-token").models.list()],
        "another model": lambda: chat(model="other"),
        "401": lambda: chat("wrong-token"),
        "403": lambda: chat("chat-token"),
        "413": lambda: chat(messages=[{"role": "user", "content": TOO_LARGE}]),
        "429": lambda: chat("small-token"),
    },
)
