"""A protected MCP server of FastMCP: `fast_server.py URL ISSUER [CREDENTIAL]`. Its one tool says who calls.

Without a credential it asks Doorbook's keys whose token it is shown; with one it asks Doorbook itself (RFC 7662).
"""

import sys
from urllib.parse import urlsplit

from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.introspection import IntrospectionTokenVerifier
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from starlette.requests import Request
from starlette.responses import Response

from story import discovered, serve

ADDRESS, ISSUER, *CREDENTIAL = sys.argv[1:]
HERE = urlsplit(ADDRESS)

door = discovered(ISSUER)
if CREDENTIAL:
    verifier = IntrospectionTokenVerifier(
        introspection_url=door["introspection_endpoint"],
        client_id=ADDRESS,
        client_secret=CREDENTIAL[0],
        required_scopes=["mcp"],
    )
else:
    verifier = JWTVerifier(
        jwks_uri=door["jwks_uri"],
        issuer=ISSUER,
        audience=ADDRESS,
        algorithm="ES256",
        required_scopes=["mcp"],
    )
server = FastMCP(
    "whoami",
    auth=RemoteAuthProvider(
        token_verifier=verifier,
        authorization_servers=[ISSUER],
        base_url=f"{HERE.scheme}://{HERE.netloc}",
    ),
)


@server.tool
def whoami() -> str:
    """Says who calls."""
    token = get_access_token()
    return f"{token.claims['sub']} through {token.client_id}"


@server.custom_route("/ended", methods=["POST"])
async def ended(_: Request) -> Response:
    """Clients tell of revocations; whoever introspects needs no telling."""
    return Response(status_code=204 if CREDENTIAL else 501)


serve(server.http_app(path=HERE.path), HERE)
