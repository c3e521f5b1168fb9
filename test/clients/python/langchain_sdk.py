from langchain_ollama import ChatOllama, OllamaEmbeddings
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from probe import EMBEDDING_MODEL, MODEL, TOO_LARGE, URL, answer, numbers, pieces, see


def ollama(token="all-token", model=MODEL):
    return ChatOllama(base_url=URL, model=model, num_predict=16, client_kwargs=headers(token))


def headers(token):
    return {"headers": {"Authorization": f"Bearer {token}"}}


def openai(token="all-token", model=MODEL):
    return ChatOpenAI(base_url=f"{URL}/v1", api_key=token, model=model, max_tokens=16, max_retries=0)


def ollama_embedding(model):
    return OllamaEmbeddings(base_url=URL, model=model, client_kwargs=headers("all-token")).embed_query("hi")


def openai_embedding(model):
    # Else it sends numbers of OpenAI's tokens in the place of the text.
    texts = dict(check_embedding_ctx_length=False, max_retries=0)
    return OpenAIEmbeddings(base_url=f"{URL}/v1", api_key="all-token", model=model, **texts).embed_query("hi")


def checks(name, client, embedding):
    return {
        f"{name}: chat": lambda: answer(client().invoke("Say hi.").content),
        f"{name}: stream": lambda: pieces([chunk.content for chunk in client().stream("Say hi.")]),
        f"{name}: embeddings": lambda: numbers(embedding(EMBEDDING_MODEL)),
        f"{name}: no embeddings": lambda: numbers(embedding(MODEL)),
        f"{name}: another model": lambda: client(model="other").invoke("Say hi."),
        f"{name}: 401": lambda: client("wrong-token").invoke("Say hi."),
        f"{name}: 413": lambda: client().invoke(TOO_LARGE),
        f"{name}: 429": lambda: client("small-token").invoke("Say hi."),
    }


see(
    ["langchain-ollama", "langchain-openai"],
    {
        **checks("ollama", ollama, ollama_embedding),
        **checks("openai", openai, openai_embedding),
        "openai: 403": lambda: openai("chat-token").invoke("Say hi."),
    },
)
