import aiohttp
import httpx
from probe import MODEL, TOO_LARGE, URL, see

BODY = {"model": MODEL, "prompt": "Say hi.", "stream": False, "options": {"num_predict": 4}}


def headers(token="all-token"):
    return {"Authorization": f"Bearer {token}"}


def with_httpx(http2, token="all-token", body=BODY):
    with httpx.Client(http2=http2, base_url=URL, headers=headers(token), timeout=60) as client:
        given = client.post("/api/generate", json=body)
        return [given.http_version, given.status_code, given.json().get("error")]


def many(http2):
    with httpx.Client(http2=http2, base_url=URL, headers=headers()) as client:
        given = [client.get("/api/tags") for _ in range(100)]
        return sorted({(one.http_version, one.status_code) for one in given})


async def with_aiohttp(token="all-token", body=BODY):
    async with aiohttp.ClientSession(URL, headers=headers(token), trust_env=True) as session:
        async with session.post("/api/generate", json=body, expect100=True) as given:
            return [given.status, (await given.json()).get("error")]


see(
    ["httpx", "h2", "aiohttp"],
    {
        **{
            f"httpx, {name}, {check}": lambda http2=http2, more=more: with_httpx(http2, **more)
            for name, http2 in [("HTTP/1.1", False), ("HTTP/2", True)]
            for check, more in [
                ("200", {}),
                ("401", {"token": "wrong-token"}),
                ("413", {"body": {**BODY, "prompt": TOO_LARGE}}),
                ("429", {"token": "small-token"}),
            ]
        },
        "httpx, HTTP/1.1, 100 requests": lambda: many(False),
        "httpx, HTTP/2, 100 requests": lambda: many(True),
        "aiohttp, expect100, 200": lambda: with_aiohttp(),
        "aiohttp, expect100, 401": lambda: with_aiohttp("wrong-token"),
        "aiohttp, expect100, 413": lambda: with_aiohttp(body={**BODY, "prompt": TOO_LARGE}),
        "aiohttp, expect100, 429": lambda: with_aiohttp("small-token"),
    },
)
