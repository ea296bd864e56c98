// What careful clients do: the authorization request is pushed (RFC 9126), and every token is bound to a key (RFC 9449).
// `bound.mjs ISSUER RESOURCE`, with openid-client, which makes the proofs itself.
import * as openid from 'openid-client';
import { askThePerson, claims, must, recorder, returnAddress, say, tell } from './story.mjs';

const [issuer, resource] = process.argv.slice(2);

/** Asks the gate about a request to the protected server, as its proxy would, with what the client sent. */
async function throughTheGate(url, init) {
    const headers = new Headers(init.headers);
    const { protocol, host, pathname } = new URL(url);
    headers.set('x-forwarded-method', init.method);
    headers.set('x-forwarded-proto', protocol.replace(':', ''));
    headers.set('x-forwarded-host', host);
    headers.set('x-forwarded-uri', pathname);
    return fetch(`${issuer}/verify`, { headers });
}

await tell(async () => {
    const back = await returnAddress();
    const wire = recorder(issuer);
    const routed = (url, init) => (String(url).startsWith(resource) ? throughTheGate(url, init) : wire.fetch(url, init));
    const config = await openid.dynamicClientRegistration(
        new URL(issuer),
        {
            client_name: 'openid-client, bound',
            redirect_uris: [back.url],
            token_endpoint_auth_method: 'none',
            dpop_bound_access_tokens: true,
            require_pushed_authorization_requests: true,
        },
        openid.None(),
        { algorithm: 'oauth2', execute: [openid.allowInsecureRequests], [openid.customFetch]: routed },
    );
    const { dpop_bound_access_tokens, require_pushed_authorization_requests } = config.clientMetadata();
    say('registered', { dpop_bound_access_tokens, require_pushed_authorization_requests });

    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const checks = {
        pkceCodeVerifier: openid.randomPKCECodeVerifier(),
        expectedState: openid.randomState(),
        idTokenExpected: false,
    };
    const url = await openid.buildAuthorizationUrlWithPAR(
        config,
        {
            redirect_uri: back.url,
            resource,
            scope: 'mcp',
            state: checks.expectedState,
            code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
            code_challenge_method: 'S256',
        },
        { DPoP },
    );
    say('pushed', { brought: [...url.searchParams.keys()].sort() });
    const came = new URL(`${back.url}?${await askThePerson(back, url)}`);
    const tokens = await openid.authorizationCodeGrant(config, came, checks, undefined, { DPoP });
    const { cnf } = claims(tokens.access_token);
    say('tokens', { type: tokens.token_type, bound: typeof cnf.jkt });

    const passes = async (token) =>
        (await openid.fetchProtectedResource(config, token, new URL(resource), 'POST', null, new Headers(), { DPoP })).status;
    say('gate', { first: await passes(tokens.access_token), second: await passes(tokens.access_token) });

    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token, { resource }, { DPoP });
    const same = claims(fresh.access_token).cnf.jkt === cnf.jkt;
    must(same, 'the key stays the same');
    say('refreshed', { type: fresh.token_type, gate: await passes(fresh.access_token) });

    // A thief has the tokens and no key.
    const headers = { authorization: `Bearer ${fresh.access_token}` };
    const stolen = await throughTheGate(resource, { method: 'POST', headers });
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('EdDSA'));
    const refused = (error) => error.error ?? String(error);
    const refreshed = openid.refreshTokenGrant(config, fresh.refresh_token, {}, { DPoP: other }).then(() => 'done', refused);
    say('stolen', { gate: stolen.status, refresh: await refreshed });
    say('wire', { requests: wire.requests });
});
