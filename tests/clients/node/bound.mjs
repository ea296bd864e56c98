// What careful clients do: the authorization request is pushed (RFC 9126), and every token is bound to a key (RFC 9449).
// `bound.mjs ISSUER RESOURCE`, with openid-client, which makes the proofs itself.
import * as openid from 'openid-client';
import { askThePerson, claims, must, recorder, refusal, returnAddress, say, tell } from './story.mjs';

const [issuer, resource] = process.argv.slice(2);

await tell(async () => {
    const back = await returnAddress();
    const wire = recorder(issuer);
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
        { algorithm: 'oauth2', execute: [openid.allowInsecureRequests], [openid.customFetch]: wire.fetch },
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

    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token, { resource }, { DPoP });
    const same = claims(fresh.access_token).cnf.jkt === cnf.jkt;
    must(same, 'the key stays the same');
    say('refreshed', { type: fresh.token_type });

    // A thief has the token and another key.
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    say('stolen', { refresh: await refusal(openid.refreshTokenGrant(config, fresh.refresh_token, {}, { DPoP: other })) });
    say('wire', { requests: wire.requests });
});
