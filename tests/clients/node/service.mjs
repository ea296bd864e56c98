// A program that acts for itself (RFC 6749 section 4.4): `service.mjs ISSUER RESOURCE CLIENT METHOD CREDENTIAL`, with
// openid-client. An administrator has made the client; CREDENTIAL is its secret, or its private key as PKCS #8 in base64.
//
// Who proves itself with a key binds its tokens to another one (RFC 9449).
import { createPrivateKey } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { claims, recorder, refusal, say, tell, told } from './story.mjs';

const [issuer, resource, client, method, credential] = process.argv.slice(2);
const key = () => {
    const read = createPrivateKey({ key: Buffer.from(credential, 'base64'), format: 'der', type: 'pkcs8' });
    return read.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
};
const proof = {
    client_secret_basic: () => openid.ClientSecretBasic(credential),
    client_secret_post: () => openid.ClientSecretPost(credential),
    private_key_jwt: () => openid.PrivateKeyJwt(key()),
}[method]();

await tell(async () => {
    const wire = recorder(issuer);
    const options = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests], [openid.customFetch]: wire.fetch };
    const config = await openid.discovery(new URL(issuer), client, {}, proof, options);
    const bound = method === 'private_key_jwt';
    const DPoP = bound ? openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256')) : undefined;

    const tokens = await openid.clientCredentialsGrant(config, { resource, scope: 'mcp' }, { DPoP });
    const { sub, client_id, aud, scope, cnf } = claims(tokens.access_token);
    const refresh = tokens.refresh_token !== undefined;
    say('tokens', { type: tokens.token_type, sub, client_id, aud, scope, bound: cnf !== undefined, refresh });

    const insecure = { DPoP, [oauth.allowInsecureRequests]: true };
    const request = (token) =>
        oauth.protectedResourceRequest(token, 'POST', new URL(resource), new Headers(), undefined, insecure);
    say('gate', await told(await request(tokens.access_token)));

    const active = async () => (await openid.tokenIntrospection(config, tokens.access_token)).active;
    const before = await active();
    await openid.tokenRevocation(config, tokens.access_token);
    const [challenge] = (await request(tokens.access_token).catch((error) => error)).cause;
    say('revoked', { before, after: await active(), gate: challenge.parameters.error });

    const other = openid.clientCredentialsGrant(config, { resource: `${resource}/other` }, { DPoP });
    say('another', { resource: await refusal(other) });
    say('wire', { requests: wire.requests });
});
