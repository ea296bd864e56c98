// A protected server that calls another one in the name of whoever called it (RFC 8693): `exchange.mjs ISSUER RESOURCE CREDENTIAL
// OTHER METHOD`, with openid-client. RESOURCE is the server that was shown a token, CREDENTIAL its own, OTHER the one that it calls.
// This program is the client as well, which a person lets in at RESOURCE.
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { askThePerson, claims, recorder, refusal, returnAddress, say, tell } from './story.mjs';

const [issuer, resource, credential, other, method] = process.argv.slice(2);
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const wire = recorder(issuer);
const options = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests], [openid.customFetch]: wire.fetch };

/** The token that a person's client shows to RESOURCE. */
async function shown() {
    const back = await returnAddress();
    const metadata = { client_name: 'Desk', redirect_uris: [back.url], token_endpoint_auth_method: 'none' };
    const config = await openid.dynamicClientRegistration(new URL(issuer), metadata, openid.None(), options);
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: back.url,
        resource,
        scope: 'mcp',
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
    });
    const came = new URL(`${back.url}?${await askThePerson(back, url)}`);
    return (await openid.authorizationCodeGrant(config, came, { pkceCodeVerifier })).access_token;
}

await tell(async () => {
    const token = await shown();
    const proof = { client_secret_basic: openid.ClientSecretBasic, client_secret_post: openid.ClientSecretPost }[method];
    const config = await openid.discovery(new URL(issuer), resource, {}, proof(credential), options);
    const exchange = (parameters) =>
        openid.genericGrantRequest(config, GRANT, { subject_token: token, subject_token_type: ACCESS_TOKEN, ...parameters });

    const given = await exchange({ resource: other });
    const before = claims(token);
    const { sub, client_id, aud, act } = claims(given.access_token);
    const same = sub === before.sub && client_id === before.client_id;
    say('exchanged', { same, aud, act, type: given.issued_token_type, refresh: given.refresh_token !== undefined });

    const asked = new Request(other, { headers: { authorization: `Bearer ${given.access_token}` } });
    const insecure = { [oauth.allowInsecureRequests]: true };
    const valid = await oauth.validateJwtAccessToken(config.serverMetadata(), asked, other, insecure);
    say('valid', { sub: valid.sub });

    const active = async (token) => (await openid.tokenIntrospection(config, token)).active;
    say('introspected', { shown: await active(token), given: await active(given.access_token) });
    say('refused', {
        elsewhere: await refusal(exchange({ resource: 'https://nowhere.example' })),
        more: await refusal(exchange({ resource: other, scope: 'admin' })),
        nothing: await refusal(exchange({ resource: other, subject_token: 'nothing' })),
    });
    say('wire', { requests: wire.requests });
});
