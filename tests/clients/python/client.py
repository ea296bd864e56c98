"""A client of the Python SDK, first or second generation, whichever is installed, with the SDK's own authorization:
`client.py URL [METHOD]`, where the address of the document that describes the client may stand for METHOD.

Met with 401 it finds Doorbook, registers, sends the person there, comes back with a code, and calls the tool. When its
access token is too old it refreshes without asking anybody; when it was revoked, the SDK asks the person again.
"""

import asyncio
import json
import sys
import time
import traceback
from urllib.parse import parse_qs, urlsplit

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

from sdk import Storage, connected, httpx, text
from story import GENERATION, ReturnAddress, ask_the_person, claims, say

if GENERATION == 2:
    from mcp.client.auth import AuthorizationCodeResult

ADDRESS = sys.argv[1]
METHOD = sys.argv[2] if len(sys.argv) > 2 else None
DOCUMENT = METHOD if METHOD and METHOD.startswith("https://") else None


back = ReturnAddress()
storage = Storage()
visits = []
wire = []


async def to_the_person(url):
    visits.append(await asyncio.to_thread(ask_the_person, url))


async def from_the_person():
    code, state, iss = (back.query.get(name) for name in ("code", "state", "iss"))
    return (code, state) if GENERATION == 1 else AuthorizationCodeResult(code=code, state=state, iss=iss)


def outline(request, status):
    """What went over the wire: names, never values."""
    line = {"method": request.method, "path": request.url.path, "status": status}
    if "authorization" in request.headers:
        line["authorization"] = request.headers["authorization"].split(" ")[0]
    body = request.content.decode()
    if body.startswith("{"):
        line["sent"] = json.loads(body)
    elif body:
        line["sent"] = list(parse_qs(body, keep_blank_values=True))
    return line


class Recorder(httpx.AsyncHTTPTransport):
    """Remembers each request that does not go to the protected server."""

    async def handle_async_request(self, request):
        answer = await super().handle_async_request(request)
        if request.url.port != urlsplit(ADDRESS).port:
            await request.aread()
            wire.append(outline(request, answer.status_code))
        return answer


def provider():
    return OAuthClientProvider(
        server_url=ADDRESS,
        client_metadata=OAuthClientMetadata(
            client_name="Python SDK",
            redirect_uris=[back.url],
            token_endpoint_auth_method="none" if DOCUMENT else METHOD,
        ),
        client_metadata_url=DOCUMENT,
        storage=storage,
        redirect_handler=to_the_person,
        callback_handler=from_the_person,
    )


async def story():
    auth = provider()
    async with httpx.AsyncClient(auth=auth, transport=Recorder(), timeout=30) as http:
        stranger = await httpx.AsyncClient().post(ADDRESS)
        say("refused", status=stranger.status_code, challenge=stranger.headers["www-authenticate"])

        async with connected(ADDRESS, http) as client:
            issued = storage.client
            secret = issued.client_secret is not None
            say("registered", client=issued.client_id, method=issued.token_endpoint_auth_method, secret=secret)
            first = storage.tokens
            say(
                "tokens",
                refresh=first.refresh_token is not None,
                token_type=first.token_type,
                expires_in=first.expires_in,
                scope=first.scope,
                claims=claims(first.access_token),
            )
            tools = await client.list_tools()
            say("called", tools=[tool.name for tool in tools.tools], text=await text(client))

            # The SDK refreshes when its own clock says so: it is made to believe that the hour has passed.
            auth.context.token_expiry_time = time.time() - 1
            again = await text(client)
            second = storage.tokens
            say(
                "refreshed",
                text=again,
                new_access=second.access_token != first.access_token,
                new_refresh=second.refresh_token != first.refresh_token,
                asked=len(visits),
            )

            await revoke(http, auth)
            again = await text(client)
            say(
                "authorized again",
                text=again,
                same_client=storage.client.client_id == issued.client_id,
                asked=len(visits),
            )
    say("wire", requests=wire)


async def revoke(http, auth):
    """Ends the access token at Doorbook, and tells the protected server, which knows only the keys."""
    token = storage.tokens.access_token
    form = {"token": token, "token_type_hint": "access_token", "client_id": storage.client.client_id}
    if storage.client.client_secret:
        form["client_secret"] = storage.client.client_secret
    async with httpx.AsyncClient() as plain:
        answer = await plain.post(str(auth.context.oauth_metadata.revocation_endpoint), data=form)
        assert answer.status_code == 200, answer
        await plain.post(ADDRESS.replace(urlsplit(ADDRESS).path, "/ended"), json={"jti": claims(token)["jti"]})
    say("revoked")


try:
    asyncio.run(story())
except BaseException:
    say("failed", why=traceback.format_exc())
    sys.exit(1)
