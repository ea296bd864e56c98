"""A protected MCP server of the Python SDK, first or second generation, whichever is installed: `server.py URL ISSUER`.

It trusts what Doorbook's keys have signed for it and sends strangers to Doorbook. Its one tool says who calls.
"""

import sys
from urllib.parse import urlsplit

import jwt
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from starlette.requests import Request
from starlette.responses import Response

from story import GENERATION, discovered, serve

if GENERATION == 1:
    from mcp.server.fastmcp import FastMCP as MCPServer
else:
    from mcp.server.mcpserver import MCPServer

ADDRESS, ISSUER = sys.argv[1:]
HERE = urlsplit(ADDRESS)


class Verifier(TokenVerifier):
    """Asks Doorbook's keys. A server with nothing but the keys learns of a revocation only by being told."""

    def __init__(self):
        self.keys = jwt.PyJWKClient(discovered(ISSUER)["jwks_uri"])
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


# Both serve at /mcp when not told otherwise.
assert HERE.path == "/mcp", HERE
serve(server.streamable_http_app(), HERE)
