"""A program that acts for itself (RFC 6749 section 4.4), with Authlib: `service.py ISSUER RESOURCE CLIENT METHOD CREDENTIAL`. An
administrator has made the client; CREDENTIAL is its secret, or its private key as PKCS #8 in base64.
"""

import sys
import traceback

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from story import claims, discovered, say

ISSUER, RESOURCE, CLIENT, METHOD, CREDENTIAL = sys.argv[1:]


def key():
    pem = f"-----BEGIN PRIVATE KEY-----\n{CREDENTIAL}\n-----END PRIVATE KEY-----\n"
    return ECKey.import_key(pem)


def story():
    door = discovered(ISSUER)
    client = OAuth2Client(
        CLIENT,
        key() if METHOD == "private_key_jwt" else CREDENTIAL,
        token_endpoint_auth_method=METHOD,
        revocation_endpoint_auth_method=METHOD,
        scope="mcp",
        grant_type="client_credentials",
        trust_env=False,
    )
    client.register_client_auth_method(PrivateKeyJWT(alg="ES256"))
    tokens = dict(client.fetch_token(door["token_endpoint"], resource=RESOURCE))
    access = tokens["access_token"]
    told = {name: claims(access)[name] for name in ("sub", "client_id", "aud", "scope")}
    say("tokens", type=tokens["token_type"].lower(), bound="cnf" in claims(access), refresh="refresh_token" in tokens, **told)

    headers = dict(client.post(RESOURCE).json()["headers"])
    say("gate", client=headers["x-auth-client-id"], scope=headers["x-auth-scope"], user=headers.get("x-user-id") or None)

    def active():
        return client.introspect_token(door["introspection_endpoint"], access).json()["active"]

    before = active()
    client.revoke_token(door["revocation_endpoint"], access, "access_token").raise_for_status()
    challenge = client.post(RESOURCE).headers["www-authenticate"]
    say("revoked", before=before, after=active(), gate="invalid_token" if 'error="invalid_token"' in challenge else challenge)
    try:
        client.fetch_token(door["token_endpoint"], resource=f"{RESOURCE}/other")
    except OAuthError as refused:
        say("another", resource=refused.error)


try:
    story()
except BaseException:
    say("failed", why=traceback.format_exc())
    sys.exit(1)
