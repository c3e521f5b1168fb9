from openai import OpenAI
from probe import EMBEDDING_MODEL, MESSAGES, MODEL, TOO_LARGE, URL, answer, numbers, pieces, see


def client(token):
    return OpenAI(base_url=f"{URL}/v1", api_key=token, max_retries=0)


def chat(token="all-token", messages=MESSAGES, model=MODEL):
    return client(token).chat.completions.create(model=model, messages=messages, max_tokens=16)


def stream():
    asked = dict(model=MODEL, messages=MESSAGES, max_tokens=16, stream=True)
    return [chunk.choices[0].delta.content for chunk in client("all-token").chat.completions.create(**asked)]


def embedding(model):
    return numbers(client("all-token").embeddings.create(model=model, input="hi").data[0].embedding)


see(
    ["openai"],
    {
        "chat": lambda: answer(chat().choices[0].message.content),
        "stream": lambda: pieces(stream()),
        "responses": lambda: answer(client("all-token").responses.create(model=MODEL, input="Say hi.").output_text),
        "embeddings": lambda: embedding(EMBEDDING_MODEL),
        "no embeddings": lambda: embedding(MODEL),
        "models": lambda: [model.id for model in client("all-token").models.list()],
        "another model": lambda: chat(model="other"),
        "401": lambda: chat("wrong-token"),
        "403": lambda: chat("chat-token"),
        "413": lambda: chat(messages=[{"role": "user", "content": TOO_LARGE}]),
        "429": lambda: chat("small-token"),
    },
)
