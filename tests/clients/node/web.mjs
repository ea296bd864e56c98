// oauth4webapi by itself, with everything at once: `web.mjs ISSUER RESOURCE`. The client proves itself with a signature
// (RFC 7523), pushes its request (RFC 9126) and binds its tokens to a key (RFC 9449).
//
// It begins as the specification of MCP has it: with the protected server's refusal and its document (RFC 9728).
import * as oauth from 'oauth4webapi';
import { askThePerson, must, recorder, refusal, returnAddress, say, tell, told } from './story.mjs';

const [issuer, resource] = process.argv.slice(2);
const server = new URL(resource);
const wire = recorder(issuer);
const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: wire.fetch };
const insecure = { [oauth.allowInsecureRequests]: true };

/** The parameters of the challenge with which a request to the protected server is refused. */
async function challenge(request) {
    const refused = await request.then(() => undefined, (error) => error);
    must(refused instanceof oauth.WWWAuthenticateChallengeError, `challenged, not ${refused}`);
    return { status: refused.status, ...refused.cause[0].parameters };
}

await tell(async () => {
    const back = await returnAddress();
    const document = await oauth.resourceDiscoveryRequest(server, insecure);
    const { authorization_servers } = await oauth.processResourceDiscoveryResponse(server, document);
    const here = new URL(authorization_servers[0]);
    const found = await oauth.discoveryRequest(here, { ...options, algorithm: 'oauth2' });
    const as = await oauth.processDiscoveryResponse(here, found);

    const signs = await oauth.generateKeyPair('ES256');
    const metadata = {
        client_name: 'oauth4webapi',
        redirect_uris: [back.url],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await crypto.subtle.exportKey('jwk', signs.publicKey)), kid: 'first' }] },
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
    };
    const answer = await oauth.dynamicClientRegistrationRequest(as, metadata, options);
    const client = await oauth.processDynamicClientRegistrationResponse(answer);
    const { client_id, token_endpoint_auth_method, client_secret } = client;
    say('registered', { client: client_id, method: token_endpoint_auth_method, secret: client_secret !== undefined });

    const auth = oauth.PrivateKeyJwt({ key: signs.privateKey, kid: 'first' });
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('Ed25519'));
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const request = {
        client_id,
        redirect_uri: back.url,
        response_type: 'code',
        resource,
        scope: 'mcp',
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
    };
    const pushing = await oauth.pushedAuthorizationRequest(as, client, auth, request, { ...options, DPoP });
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, pushing);
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ client_id, request_uri: pushed.request_uri });
    const came = oauth.validateAuthResponse(as, client, await askThePerson(back, url), state);

    const exchange = () =>
        oauth.authorizationCodeGrantRequest(as, client, auth, came, back.url, verifier, { ...options, DPoP });
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, await exchange());
    say('tokens', { type: tokens.token_type, scope: tokens.scope, refresh: tokens.refresh_token !== undefined });

    const call = (token, more) =>
        oauth.protectedResourceRequest(token, 'POST', server, new Headers(), undefined, { ...insecure, ...more });
    say('gate', await told(await call(tokens.access_token, { DPoP })));
    const other = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    say('without the key', await challenge(call(tokens.access_token)));
    say('with another key', await challenge(call(tokens.access_token, { DPoP: other })));

    const refreshing = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, { ...options, DPoP });
    const fresh = await oauth.processRefreshTokenResponse(as, client, refreshing);
    const looked = await oauth.introspectionRequest(as, client, auth, fresh.access_token, options);
    const seen = await oauth.processIntrospectionResponse(as, client, looked);
    say('introspected', { active: seen.active, type: seen.token_type, bound: typeof seen.cnf?.jkt });

    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, fresh.access_token, options));
    say('revoked', await challenge(call(fresh.access_token, { DPoP })));
    const again = exchange().then((answer) => oauth.processAuthorizationCodeResponse(as, client, answer));
    say('code again', { refused: await refusal(again) });
    say('wire', { requests: wire.requests });
});
