// A general OAuth client library, openid-client, which knows nothing of MCP: `openid.mjs ISSUER RESOURCE METHOD`, where METHOD
// is how the client proves itself: none, client_secret_basic, client_secret_post or private_key_jwt.
//
// Discovery, registration, PKCE, `iss`, exchange, refresh, introspection, revocation, denial. What a resource server would
// make of the access token is asked of oauth4webapi, which holds it against RFC 9068.
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { askThePerson, claims, recorder, refusal, returnAddress, say, tell } from './story.mjs';

const [issuer, resource, method] = process.argv.slice(2);
const pair = await oauth.generateKeyPair('Ed25519');
const proof = {
    none: openid.None,
    client_secret_basic: openid.ClientSecretBasic,
    client_secret_post: openid.ClientSecretPost,
    private_key_jwt: () => openid.PrivateKeyJwt({ key: pair.privateKey, kid: 'first' }),
}[method]();
const jwks = { keys: [{ ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'first' }] };

await tell(async () => {
    const back = await returnAddress();
    const wire = recorder(issuer);
    const config = await openid.dynamicClientRegistration(
        new URL(issuer),
        {
            client_name: `openid-client, ${method}`,
            redirect_uris: [back.url],
            token_endpoint_auth_method: method,
            ...(method === 'private_key_jwt' && { jwks }),
        },
        proof,
        { algorithm: 'oauth2', execute: [openid.allowInsecureRequests], [openid.customFetch]: wire.fetch },
    );
    const client = config.clientMetadata();
    say('registered', {
        client: client.client_id,
        method: client.token_endpoint_auth_method,
        secret: client.client_secret !== undefined,
        expires: client.client_secret_expires_at,
        grants: client.grant_types,
    });

    const authorize = async () => {
        const checks = {
            pkceCodeVerifier: openid.randomPKCECodeVerifier(),
            expectedState: openid.randomState(),
            idTokenExpected: false,
        };
        const url = openid.buildAuthorizationUrl(config, {
            redirect_uri: back.url,
            resource,
            scope: 'mcp',
            state: checks.expectedState,
            code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
            code_challenge_method: 'S256',
        });
        const came = new URL(`${back.url}?${await askThePerson(back, url)}`);
        return openid.authorizationCodeGrant(config, came, checks);
    };

    const tokens = await authorize();
    const { token_type, expires_in, scope } = tokens;
    say('tokens', { token_type, expires_in, scope, claims: claims(tokens.access_token) });

    const asked = new Request(resource, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const server = config.serverMetadata();
    const options = { [oauth.allowInsecureRequests]: true };
    const valid = await oauth.validateJwtAccessToken(server, asked, resource, options);
    say('valid', { client: valid.client_id });

    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token, { resource });
    say('refreshed', {
        new_access: fresh.access_token !== tokens.access_token,
        new_refresh: fresh.refresh_token !== tokens.refresh_token,
    });

    const active = async (token) => (await openid.tokenIntrospection(config, token)).active;
    say('introspected', { access: await active(fresh.access_token), refresh: await active(fresh.refresh_token) });

    await openid.tokenRevocation(config, fresh.refresh_token);
    const refresh = await refusal(openid.refreshTokenGrant(config, fresh.refresh_token));
    say('revoked', { refresh, access: await active(fresh.access_token) });

    process.env.PERSON_SAYS = 'deny';
    say('denied', { refused: await refusal(authorize()) });
    say('wire', { requests: wire.requests });
});
