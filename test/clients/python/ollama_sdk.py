from ollama import Client
from probe import EMBEDDING_MODEL, MESSAGES, MODEL, TOO_LARGE, URL, answer, numbers, pieces, see

OPTIONS = {"num_predict": 16}


def client(token):
    return Client(host=URL, headers={"Authorization": f"Bearer {token}"})


def chat(token="all-token", messages=MESSAGES, model=MODEL, **more):
    return client(token).chat(model=model, messages=messages, options=OPTIONS, **more)


def embedding(model):
    return numbers(client("all-token").embed(model=model, input="hi").embeddings[0])


see(
    ["ollama"],
    {
        "chat": lambda: answer(chat().message.content),
        "stream": lambda: pieces([part.message.content for part in chat(stream=True)]),
        "embeddings": lambda: embedding(EMBEDDING_MODEL),
        "no embeddings": lambda: embedding(MODEL),
        "models": lambda: sorted(model.model for model in client("all-token").list().models),
        "another model": lambda: chat(model="other"),
        "401": lambda: chat("wrong-token"),
        "403": lambda: client("chat-token").list(),
        "413": lambda: chat(messages=[{"role": "user", "content": TOO_LARGE}]),
        "429": lambda: chat("small-token"),
    },
)
