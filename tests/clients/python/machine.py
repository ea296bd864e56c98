"""A client of the Python SDK, first or second generation, without a person (the client credentials extension): `machine.py URL
ISSUER CLIENT METHOD CREDENTIAL`. CREDENTIAL is a secret, or a private key as PKCS #8 in base64.
"""

import asyncio
import sys
import traceback

from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)

from sdk import Storage, connected, httpx, text
from story import say

ADDRESS, ISSUER, CLIENT, METHOD, CREDENTIAL = sys.argv[1:]
storage = Storage()


def provider():
    who = {"server_url": ADDRESS, "storage": storage, "client_id": CLIENT, "issuer": ISSUER}
    if METHOD == "client_secret_basic":
        return ClientCredentialsOAuthProvider(client_secret=CREDENTIAL, **who)
    pem = f"-----BEGIN PRIVATE KEY-----\n{CREDENTIAL}\n-----END PRIVATE KEY-----\n"
    signed = SignedJWTParameters(issuer=CLIENT, subject=CLIENT, signing_key=pem, signing_algorithm="ES256")
    return PrivateKeyJWTOAuthProvider(assertion_provider=signed.create_assertion_provider(), **who)


async def story():
    async with httpx.AsyncClient(auth=provider(), timeout=30) as http, connected(ADDRESS, http) as client:
        say("called", text=await text(client), refresh=storage.tokens.refresh_token is not None)


try:
    asyncio.run(story())
except BaseException:
    say("failed", why=traceback.format_exc())
    sys.exit(1)
