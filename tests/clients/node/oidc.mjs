// OpenID Connect with openid-client, which checks what it is given: `oidc.mjs ISSUER`. It finds the server by its other document,
// asks who signed in, holds the id_token against keys, nonce and age, and asks the userinfo endpoint.
import * as openid from 'openid-client';
import { askThePerson, must, recorder, refusal, returnAddress, say, tell } from './story.mjs';

const [issuer] = process.argv.slice(2);

await tell(async () => {
    const back = await returnAddress();
    const wire = recorder(issuer);
    const config = await openid.dynamicClientRegistration(
        new URL(issuer),
        { client_name: 'openid-client, who is it', redirect_uris: [back.url], token_endpoint_auth_method: 'client_secret_basic' },
        openid.ClientSecretBasic(),
        { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks], [openid.customFetch]: wire.fetch },
    );
    say('found', { at: wire.requests[0].path });

    const authorize = async (scope, more = {}, options = undefined) => {
        const checks = {
            pkceCodeVerifier: openid.randomPKCECodeVerifier(),
            expectedState: openid.randomState(),
            expectedNonce: openid.randomNonce(),
            idTokenExpected: true,
            ...(more.max_age && { maxAge: Number(more.max_age) }),
        };
        const url = openid.buildAuthorizationUrl(config, {
            redirect_uri: back.url,
            scope,
            state: checks.expectedState,
            nonce: checks.expectedNonce,
            code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
            code_challenge_method: 'S256',
            ...more,
        });
        const came = new URL(`${back.url}?${await askThePerson(back, url)}`);
        return openid.authorizationCodeGrant(config, came, checks, undefined, options);
    };

    const tokens = await authorize('openid profile', { max_age: '600' });
    const { iss, sub, aud, auth_time } = tokens.claims();
    say('claims', { iss, sub, own: aud === config.clientMetadata().client_id, auth_time: typeof auth_time });
    say('userinfo', await openid.fetchUserInfo(config, tokens.access_token, sub));

    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token);
    must(fresh.claims().sub === sub, 'still the same person');
    say('refreshed', { auth_time: fresh.claims().auth_time === auth_time, nonce: fresh.claims().nonce !== undefined });

    // A bound access token is shown at the userinfo endpoint with a proof, and not without one.
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    const bound = await authorize('openid', {}, { DPoP });
    const asked = await openid.fetchUserInfo(config, bound.access_token, sub, { DPoP });
    const bare = await openid.fetchUserInfo(config, bound.access_token, sub).catch((error) => error);
    say('bound', { type: bound.token_type, asked, bare: bare.cause[0].parameters.error });

    await openid.tokenRevocation(config, fresh.access_token);
    const revoked = await openid.fetchUserInfo(config, fresh.access_token, sub).catch((error) => error);
    say('revoked', { error: revoked.cause[0].parameters.error });

    process.env.PERSON_PROFILE += '-of-a-stranger';
    say('silent', { refused: await refusal(authorize('openid', { prompt: 'none' })) });
    say('wire', { requests: wire.requests });
});
