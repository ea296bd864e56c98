"""A client of the Python SDK, second generation, whose people come from their company (SEP-990): `company.py URL ISSUER CLIENT
SECRET METHOD PROVIDER KEY`. This program plays the company's identity provider too: KEY is its private key as PKCS #8 in base64.
"""

import asyncio
import sys
import time
import traceback
import uuid

import jwt
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider

from sdk import Storage, connected, httpx, text
from story import claims, say

ADDRESS, ISSUER, CLIENT, SECRET, METHOD, PROVIDER, KEY = sys.argv[1:]
PEM = f"-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n"
storage = Storage()


async def says(audience, resource):
    """What the provider says of its person (ID-JAG)."""
    now = int(time.time())
    said = {
        "iss": PROVIDER,
        "sub": "00u1",
        "aud": audience,
        "resource": resource,
        "client_id": CLIENT,
        "email": "ada@acme.example",
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(said, PEM, "ES256", headers={"typ": "oauth-id-jag+jwt"})


async def story():
    provider = IdentityAssertionOAuthProvider(
        server_url=ADDRESS,
        storage=storage,
        client_id=CLIENT,
        client_secret=SECRET,
        issuer=ISSUER,
        assertion_provider=says,
        token_endpoint_auth_method=METHOD,
    )
    async with httpx.AsyncClient(auth=provider, timeout=30) as http, connected(ADDRESS, http) as client:
        say("called", text=await text(client), refresh=storage.tokens.refresh_token is not None)
    say("token", name=claims(storage.tokens.access_token)["name"])


try:
    asyncio.run(story())
except BaseException:
    say("failed", why=traceback.format_exc())
    sys.exit(1)
