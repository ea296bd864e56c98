"""What every program here shares: saying what happened, the claims of a token, which SDK this is, and serving."""

import base64
import json
import urllib.request
from importlib.metadata import version

import uvicorn

# Which generation of the MCP SDK is installed here.
GENERATION = int(version("mcp").split(".")[0])


def say(step, **facts):
    """One step of the story as a line of JSON; the test reads these."""
    print(json.dumps({"step": step, **facts}), flush=True)


def claims(token):
    """The claims of a JWT, unverified: for telling tokens apart."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def discovered(issuer):
    """The metadata of the authorization server."""
    with urllib.request.urlopen(f"{issuer}/.well-known/oauth-authorization-server", timeout=10) as answer:
        return json.load(answer)


class Server(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets=None):
        await super().startup(sockets)
        say("listening")


def serve(app, at):
    """Serves until it is ended."""
    Server(uvicorn.Config(app, host=at.hostname, port=at.port, log_level="warning")).run()
