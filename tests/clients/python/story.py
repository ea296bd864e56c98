"""What every program here shares: saying what happened, the claims of a token, which SDK this is, the person at the browser
and the address to which they come back, and serving."""

import base64
import json
import os
import subprocess
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import uvicorn

PERSON = Path(__file__).parent.parent / "person.py"

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


class ReturnAddress(HTTPServer):
    """The address of a native client: listens on loopback and keeps the query of the last visit."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Visit)
        self.url = f"http://127.0.0.1:{self.server_port}/callback"
        self.came = self.query = None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Visit(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.came = f"{self.server.url}?{urlsplit(self.path).query}"
        self.server.query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def ask_the_person(url, **more):
    """Sends the person to `url`; what they saw, which is told as a step. `more` goes to their environment."""
    seen = json.loads(subprocess.check_output(["python3", str(PERSON), url], env={**os.environ, **more}))
    print(json.dumps(seen), flush=True)
    return seen


class Server(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets=None):
        await super().startup(sockets)
        say("listening")


def serve(app, at):
    """Serves until it is ended."""
    Server(uvicorn.Config(app, host=at.hostname, port=at.port, log_level="warning")).run()
