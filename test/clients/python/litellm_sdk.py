import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from probe import EMBEDDING_MODEL, MESSAGES, MODEL, TOO_LARGE, URL, answer, numbers, pieces, see

litellm.suppress_debug_info = True


def openai(token="all-token", model=MODEL):
    return dict(model=f"openai/{model}", api_base=f"{URL}/v1", api_key=token)


def ollama(token="all-token", model=MODEL):
    return dict(model=f"ollama_chat/{model}", api_base=URL, api_key=token)


def chat(client, messages=MESSAGES, **more):
    return litellm.completion(**client, messages=messages, max_tokens=16, max_retries=0, **more)


def checks(name, client, embedding):
    return {
        f"{name}: chat": lambda: answer(chat(client()).choices[0].message.content),
        f"{name}: stream": lambda: pieces([part.choices[0].delta.content for part in chat(client(), stream=True)]),
        f"{name}: embeddings": lambda: numbers(litellm.embedding(**embedding(EMBEDDING_MODEL), input=["hi"]).data[0]["embedding"]),
        f"{name}: another model": lambda: chat(client(model="other")),
        f"{name}: 401": lambda: chat(client("wrong-token")),
        f"{name}: 413": lambda: chat(client(), [{"role": "user", "content": TOO_LARGE}]),
        f"{name}: 429": lambda: chat(client("small-token")),
    }


def openai_embedding(model):
    return openai(model=model) | {"encoding_format": "float", "max_retries": 0}


def ollama_embedding(model):
    return dict(model=f"ollama/{model}", api_base=URL, api_key="all-token")


see(
    ["litellm"],
    {
        **checks("openai", openai, openai_embedding),
        "openai: 403": lambda: chat(openai("chat-token")),
        **checks("ollama", ollama, ollama_embedding),
    },
)
