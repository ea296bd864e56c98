"""A website that lets people in with Doorbook, as Authlib's users write them: `website.py ISSUER CLIENT SECRET PORT`. Its two
pages are Authlib's: it finds the server by OpenID Connect Discovery, and holds the id_token against keys and nonce.
"""

import sys
import threading
import traceback

import uvicorn
from authlib.integrations.starlette_client import OAuth
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from story import ask_the_person, say

ISSUER, CLIENT, SECRET, PORT = sys.argv[1:]
HERE = f"http://127.0.0.1:{PORT}"

oauth = OAuth()
door = oauth.register(
    "door",
    client_id=CLIENT,
    client_secret=SECRET,
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "trust_env": False},
)
session = {}
listening = threading.Event()


async def login(request):
    return await door.authorize_redirect(request, f"{HERE}/callback")


async def callback(request):
    try:
        token = await door.authorize_access_token(request)
        seen = await door.userinfo(token=token)
    except Exception:
        say("failed", why=traceback.format_exc())
        raise
    claims = token["userinfo"]
    say("claims", iss=claims["iss"], sub=claims["sub"], aud=claims["aud"])
    say("userinfo", **seen)
    return PlainTextResponse("Welcome")


app = Starlette(routes=[Route("/login", login), Route("/callback", callback)])


async def with_session(scope, receive, send):
    """One visitor, so one session."""
    scope["session"] = session
    await app(scope, receive, send)


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        listening.set()


server = Server(uvicorn.Config(with_session, host="127.0.0.1", port=int(PORT), log_level="warning"))
serving = threading.Thread(target=server.run)
serving.start()
listening.wait()
ask_the_person(f"{HERE}/login", PERSON_KNOWS=f"{ISSUER} {HERE}")
server.should_exit = True
serving.join()
