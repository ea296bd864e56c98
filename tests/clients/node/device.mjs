// A device without a browser (RFC 8628): `device.mjs ISSUER RESOURCE`, with openid-client; one person types the code that it
// shows and says yes, then no.
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { claims, must, person, recorder, refusal, say, tell } from './story.mjs';

const [issuer, resource] = process.argv.slice(2);

await tell(async () => {
    const wire = recorder(issuer);
    const config = await openid.dynamicClientRegistration(
        new URL(issuer),
        {
            client_name: 'Living room',
            grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
            response_types: [],
            token_endpoint_auth_method: 'none',
        },
        openid.None(),
        { algorithm: 'oauth2', execute: [openid.allowInsecureRequests], [openid.customFetch]: wire.fetch },
    );
    const { client_id, grant_types, redirect_uris } = config.clientMetadata();
    say('registered', { client: client_id, grants: grant_types, redirects: redirect_uris });

    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    // The library waits for as long as it is told before each question; nobody here looks at the clock.
    const asked = { resource, scope: 'mcp' };
    const ask = async () => ({ ...(await openid.initiateDeviceAuthorization(config, asked)), interval: 0 });
    const answers = async (told) => {
        process.env.PERSON_CODE = told.user_code.toLowerCase().replace('-', ' ');
        return person(told.verification_uri);
    };

    const first = await ask();
    const server = config.serverMetadata();
    const insecure = { [oauth.allowInsecureRequests]: true };
    const early = await oauth.deviceCodeGrantRequest(server, { client_id }, oauth.None(), first.device_code, insecure);
    say('early', { refused: await refusal(oauth.processDeviceCodeResponse(server, { client_id }, early)) });

    const second = await ask();
    await answers(second);
    const tokens = await openid.pollDeviceAuthorizationGrant(config, second, undefined, { DPoP });
    const { aud, scope, cnf } = claims(tokens.access_token);
    say('tokens', { type: tokens.token_type, aud, scope, refresh: tokens.refresh_token !== undefined });

    const fresh = await openid.refreshTokenGrant(config, tokens.refresh_token, {}, { DPoP });
    must(claims(fresh.access_token).cnf.jkt === cnf.jkt, 'the key stays the same');
    say('refreshed', { new_access: fresh.access_token !== tokens.access_token });
    say('again', { refused: await refusal(openid.pollDeviceAuthorizationGrant(config, second, undefined, { DPoP })) });

    process.env.PERSON_SAYS = 'deny';
    const third = await ask();
    await answers(third);
    say('denied', { refused: await refusal(openid.pollDeviceAuthorizationGrant(config, third)) });
    say('wire', { requests: wire.requests });
});
