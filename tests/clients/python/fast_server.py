"""A protected MCP server of FastMCP: `fast_server.py URL ISSUER`. Its one tool says who calls."""

import sys
from urllib.parse import urlsplit

from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

from story import discovered, serve

ADDRESS, ISSUER = sys.argv[1:]
HERE = urlsplit(ADDRESS)

verifier = JWTVerifier(
    jwks_uri=discovered(ISSUER)["jwks_uri"],
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


serve(server.http_app(path=HERE.path), HERE)
