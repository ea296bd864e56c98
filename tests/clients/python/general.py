"""A general OAuth client library, Authlib, which knows nothing of MCP: `general.py ISSUER RESOURCE METHOD`, where METHOD is how
the client proves itself.

PKCE, exchange, refresh, introspection, revocation, and the codes of a device (RFC 8628). What a protected server would make of
the access token is asked of Authlib too, which holds it against RFC 9068. It does not register; that is done by hand.
"""

import json
import sys
import traceback
import urllib.request

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import ECKey, KeySet

from story import ReturnAddress, ask_the_person, claims, discovered, say

ISSUER, RESOURCE, METHOD = sys.argv[1:]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

door = discovered(ISSUER)
back = ReturnAddress()
key = ECKey.generate_key("P-256", {"kid": "first"})


class Validator(JWTBearerTokenValidator):
    """What a protected server of Authlib asks: the keys, and nobody else."""

    def get_jwks(self):
        with urllib.request.urlopen(door["jwks_uri"], timeout=10) as answer:
            return KeySet.import_key_set(json.load(answer))


def registered():
    metadata = {
        "client_name": f"Authlib, {METHOD}",
        "redirect_uris": [back.url],
        "grant_types": ["authorization_code", "refresh_token", DEVICE],
        "token_endpoint_auth_method": METHOD,
    }
    if METHOD == "private_key_jwt":
        metadata["jwks"] = {"keys": [key.as_dict(private=False)]}
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(door["registration_endpoint"], json.dumps(metadata).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        client = json.load(answer)
    say("registered", client=client["client_id"], method=client["token_endpoint_auth_method"], secret="client_secret" in client)
    return client


def client_of(registration):
    client = OAuth2Client(
        registration["client_id"],
        key if METHOD == "private_key_jwt" else registration.get("client_secret"),
        token_endpoint_auth_method=METHOD,
        revocation_endpoint_auth_method=METHOD,
        scope="mcp",
        redirect_uri=back.url,
        code_challenge_method="S256",
        trust_env=False,
    )
    # As its documentation has it: an assertion for an hour, for the address that is asked.
    client.register_client_auth_method(PrivateKeyJWT(alg="ES256"))
    return client


def refusal(ask, *given, **named):
    """The error with which this is refused."""
    try:
        return f"given: {ask(*given, **named)}"
    except OAuthError as refused:
        return refused.error


def story():
    client = client_of(registered())
    token_at = door["token_endpoint"]

    verifier = generate_token(48)
    url, state = client.create_authorization_url(door["authorization_endpoint"], code_verifier=verifier, resource=RESOURCE)
    ask_the_person(url)
    came = {"authorization_response": back.came, "state": state, "code_verifier": verifier}
    tokens = dict(client.fetch_token(token_at, **came))
    say("tokens", type=tokens["token_type"], scope=tokens["scope"], claims=claims(tokens["access_token"]))

    validator = Validator(ISSUER, RESOURCE)
    seen = validator.authenticate_token(tokens["access_token"])
    validator.validate_token(seen, ["mcp"], None)
    say("valid", client=seen["client_id"])

    fresh = dict(client.refresh_token(token_at, resource=RESOURCE))
    new = {name: fresh[name] != tokens[name] for name in ("access_token", "refresh_token")}
    say("refreshed", **new)

    def introspected(token):
        return client.introspect_token(door["introspection_endpoint"], token).json().get("active", "refused")

    before = introspected(fresh["access_token"])
    revoked = client.revoke_token(door["revocation_endpoint"], fresh["refresh_token"], "refresh_token")
    say("revoked", status=revoked.status_code, before=before, after=introspected(fresh["access_token"]))
    say("dead", refresh=refusal(client.refresh_token, token_at, fresh["refresh_token"]))
    say("code again", refused=refusal(client.fetch_token, token_at, **came))

    # Authlib knows no device; its client asks with the code all the same.
    form = {"resource": RESOURCE, "scope": "mcp"}
    told = client.post(door["device_authorization_endpoint"], data=form, auth=client.client_auth(METHOD)).json()
    device = {"grant_type": DEVICE, "device_code": told["device_code"]}
    early = refusal(client.fetch_token, token_at, **device)
    ask_the_person(told["verification_uri_complete"])
    seen = client.fetch_token(token_at, **device)
    say("device", early=early, scope=seen["scope"], aud=claims(seen["access_token"])["aud"])


try:
    story()
except BaseException:
    say("failed", why=traceback.format_exc())
    sys.exit(1)
