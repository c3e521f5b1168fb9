"""What a client sees through the gateway: a name for each check, and what came of it, as one object of JSON."""

import asyncio
import inspect
import json
import os
import sys
from importlib.metadata import version

URL = os.environ["GATEWAY_URL"]
MODEL = os.environ["MODEL"]
EMBEDDING_MODEL = os.environ["EMBEDDING_MODEL"]
MESSAGES = [{"role": "user", "content": "Say hi."}]
TOO_LARGE = "x" * (2 << 20)


def answer(text):
    """Whether there is a text."""
    return "an answer" if isinstance(text, str) and text else f"no text: {text!r}"


def pieces(texts):
    """Whether a text came in pieces."""
    texts = [text for text in texts if text]
    return "an answer in pieces" if len(texts) > 1 else f"no pieces: {texts!r}"


def numbers(vector):
    """How long a vector is."""
    return f"{len(vector)} numbers"


def failure(error):
    """What of an error a user is shown."""
    return f"{type(error).__name__}: {error}"


def see(packages, checks):
    """Does the checks, and prints what came of them with the versions of the packages."""
    seen = {}
    for name, check in checks.items():
        try:
            result = check()
            seen[name] = asyncio.run(result) if inspect.isawaitable(result) else result
        except Exception as error:
            seen[name] = failure(error)
    versions = {package: version(package) for package in packages}
    json.dump({"versions": versions, "seen": seen}, sys.stdout)
