"""A client of FastMCP, of the generation that is installed, with its own authorization: `fast_client.py URL`.

It remembers a registration that is gone. Its look at the authorization page before it opens the browser tells it so: it
registers again, opens the browser, calls the tool, and refreshes without asking anybody when its access token is too old.
"""

import asyncio
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.memory import MemoryStore
from mcp.shared.auth import OAuthClientInformationFull

from story import GENERATION, claims, say

ADDRESS = sys.argv[1]
GONE = "client_that_is_gone"

# The browser that FastMCP opens, in the background as browsers are.
os.environ["BROWSER"] = f"{Path(__file__).parent.parent / 'person.py'} %s &"


async def story():
    # The older one comes back to localhost, and cannot be told otherwise.
    more = {} if GENERATION == 1 else {"callback_host": "127.0.0.1"}
    auth = OAuth(ADDRESS, client_name="FastMCP", token_storage=MemoryStore(), **more)
    storage = auth.token_storage_adapter
    await storage.set_client_info(
        OAuthClientInformationFull(client_id=GONE, redirect_uris=auth.context.client_metadata.redirect_uris)
    )
    async with Client(ADDRESS, auth=auth) as client:
        registered = await storage.get_client_info()
        method, secret = registered.token_endpoint_auth_method, registered.client_secret is not None
        say("registered", client=registered.client_id, method=method, secret=secret, again=registered.client_id != GONE)
        first = await storage.get_tokens()
        say(
            "tokens",
            refresh=first.refresh_token is not None,
            token_type=first.token_type,
            expires_in=first.expires_in,
            scope=first.scope,
            claims=claims(first.access_token),
        )
        tools = [tool.name for tool in await client.list_tools()]
        say("called", tools=tools, text=(await client.call_tool("whoami")).data)

        # FastMCP refreshes when its own clock says so: it is made to believe that the hour has passed.
        auth.context.token_expiry_time = time.time() - 1
        again = (await client.call_tool("whoami")).data
        second = await storage.get_tokens()
        say(
            "refreshed",
            text=again,
            new_access=second.access_token != first.access_token,
            new_refresh=second.refresh_token != first.refresh_token,
        )


try:
    warnings.simplefilter("ignore")
    asyncio.run(story())
except BaseException:
    say("failed", why=traceback.format_exc())
    sys.exit(1)
