from llama_index.core.llms import ChatMessage
from llama_index.embeddings.ollama import OllamaEmbedding
from llama_index.llms.ollama import Ollama
from llama_index.llms.openai_like import OpenAILike
from ollama import Client
from probe import EMBEDDING_MODEL, MODEL, TOO_LARGE, URL, answer, numbers, pieces, see


def headers(token):
    return {"headers": {"Authorization": f"Bearer {token}"}}


def ollama(token="all-token", model=MODEL, **more):
    client = Client(host=URL, **headers(token))
    options = {"num_predict": 16}
    return Ollama(base_url=URL, model=model, client=client, additional_kwargs=options, request_timeout=60.0, **more)


def openai(token="all-token", model=MODEL):
    more = dict(is_chat_model=True, max_tokens=16, max_retries=0)
    return OpenAILike(api_base=f"{URL}/v1", api_key=token, model=model, **more)


def ollama_embedding(model):
    return OllamaEmbedding(base_url=URL, model_name=model, client_kwargs=headers("all-token")).get_query_embedding("hi")


def say(text):
    return [ChatMessage(role="user", content=text)]


def checks(name, client):
    return {
        f"{name}: chat": lambda: answer(client().chat(say("Say hi.")).message.content),
        f"{name}: stream": lambda: pieces([chunk.delta for chunk in client().stream_chat(say("Say hi."))]),
        f"{name}: another model": lambda: client(model="other").chat(say("Say hi.")),
        f"{name}: 401": lambda: client("wrong-token").chat(say("Say hi.")),
        f"{name}: 413": lambda: client().chat(say(TOO_LARGE)),
        f"{name}: 429": lambda: client("small-token").chat(say("Say hi.")),
    }


see(
    ["llama-index-llms-ollama", "llama-index-llms-openai-like", "llama-index-embeddings-ollama"],
    {
        **checks("ollama", ollama),
        "ollama: another context": lambda: answer(ollama(context_window=512).chat(say("Say hi.")).message.content),
        "ollama: embeddings": lambda: numbers(ollama_embedding(EMBEDDING_MODEL)),
        "ollama: no embeddings": lambda: numbers(ollama_embedding(MODEL)),
        **checks("openai", openai),
        "openai: 403": lambda: openai("chat-token").chat(say("Say hi.")),
    },
)
