"""An MCP server of FastMCP that knows nothing of authorization: `gated_server.py URL ISSUER PORT`. A proxy stands before it and
asks Doorbook's gate; its one tool says who calls, as the gate has written it into the headers.
"""

import sys
from urllib.parse import urlsplit

from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_request

from story import serve

ADDRESS, ISSUER, PORT = sys.argv[1:]
HERE = urlsplit(ADDRESS)

server = FastMCP("whoami")


@server.tool
def whoami() -> str:
    """Says who calls."""
    headers = get_http_request().headers
    return f"{headers['x-user-id']} through {headers['x-auth-client-id']}"


serve(server.http_app(path=HERE.path), HERE._replace(netloc=f"{HERE.hostname}:{PORT}"))
