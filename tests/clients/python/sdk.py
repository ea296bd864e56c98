"""What the clients of the Python SDK share, whichever generation is installed: a connection, its one question, and what the
SDK asks of the program that uses it.
"""

from contextlib import asynccontextmanager

from mcp.client.streamable_http import streamable_http_client

from story import GENERATION

if GENERATION == 1:
    import httpx
    from mcp import ClientSession
else:
    import httpx2 as httpx
    from mcp import Client


class Storage:
    """In memory."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


@asynccontextmanager
async def connected(address, http):
    """A client of the generation that is installed."""
    transport = streamable_http_client(address, http_client=http)
    if GENERATION == 1:
        async with transport as (read, write, _), ClientSession(read, write) as client:
            await client.initialize()
            yield client
    else:
        async with Client(transport) as client:
            yield client


async def text(client):
    result = await client.call_tool("whoami", {})
    return result.content[0].text
