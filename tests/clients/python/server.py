"""A protected MCP server of the Python SDK: `server.py URL ISSUER`.

It trusts what Doorbook's keys have signed for it and sends strangers to Doorbook. Its one tool says who calls.
"""

import json
import sys
import urllib.request
from urllib.parse import urlsplit

import jwt
import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from starlette.requests import Request
from starlette.responses import Response

ADDRESS, ISSUER = sys.argv[1:]
HERE = urlsplit(ADDRESS)


def discovered():
    with urllib.request.urlopen(f"{ISSUER}/.well-known/oauth-authorization-server", timeout=10) as answer:
        return json.load(answer)


class Verifier(TokenVerifier):
    """Asks Doorbook's keys. A server with nothing but the keys learns of a revocation only by being told."""

    def __init__(self):
        self.keys = jwt.PyJWKClient(discovered()["jwks_uri"])
        self.ended = set()

    async def verify_token(self, token):
        try:
            key = self.keys.get_signing_key_from_jwt(token)
            options = {"require": ["exp", "iat", "sub", "aud", "jti", "client_id"]}
            claims = jwt.decode(token, key, ["ES256"], options, audience=ADDRESS, issuer=ISSUER)
        except jwt.PyJWTError:
            return None
        if claims["jti"] in self.ended:
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims["scope"].split(),
            expires_at=claims["exp"],
            resource=claims["aud"],
            subject=claims["sub"],
            claims=claims,
        )


verifier = Verifier()
server = MCPServer(
    "whoami",
    token_verifier=verifier,
    auth=AuthSettings(
        issuer_url=ISSUER,
        resource_server_url=ADDRESS,
        required_scopes=["mcp"],
        validate_token_resource=True,
    ),
)


@server.tool()
def whoami() -> str:
    """Says who calls."""
    token = get_access_token()
    return f"{token.subject} through {token.client_id}"


@server.custom_route("/ended", methods=["POST"])
async def ended(request: Request) -> Response:
    verifier.ended.add((await request.json())["jti"])
    return Response(status_code=204)


class Uvicorn(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(json.dumps({"step": "listening"}), flush=True)


app = server.streamable_http_app(streamable_http_path=HERE.path)
Uvicorn(uvicorn.Config(app, host=HERE.hostname, port=HERE.port, log_level="warning")).run()
