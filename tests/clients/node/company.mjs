// A client whose people come from their company (an ID-JAG, RFC 7523): `company.mjs URL ISSUER CLIENT SECRET METHOD PROVIDER KEY
// sdk|openid`, with the second generation of the TypeScript SDK, which calls the tool, or with openid-client. This program plays
// the company's identity provider too: KEY is its private key as PKCS #8 in base64.
import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { claims, refusal, say, tell } from './story.mjs';

const [address, issuer, client, secret, method, provider, key, library] = process.argv.slice(2);

/** What the provider says of its person. */
function says(audience, resource) {
    const signing = createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' });
    return new SignJWT({ resource, client_id: client, email: 'ada@acme.example' })
        .setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt' })
        .setIssuer(provider)
        .setSubject('00u1')
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(signing);
}

async function sdk() {
    const { Client, CrossAppAccessProvider, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    const authProvider = new CrossAppAccessProvider({
        assertion: ({ authorizationServerUrl, resourceUrl }) => says(authorizationServerUrl, resourceUrl),
        clientId: client,
        clientSecret: secret,
        expectedIssuer: issuer,
    });
    const connection = new Client({ name: 'story', version: '1.0.0' });
    await connection.connect(new StreamableHTTPClientTransport(new URL(address), { authProvider }));
    const { content } = await connection.callTool({ name: 'whoami', arguments: {} });
    say('called', { text: content[0].text, refresh: authProvider.tokens().refresh_token !== undefined });
    say('token', { name: claims(authProvider.tokens().access_token).name });
    await connection.close();
}

async function openid() {
    const library = await import('openid-client');
    const proof = { client_secret_basic: library.ClientSecretBasic, client_secret_post: library.ClientSecretPost }[method];
    const options = { algorithm: 'oauth2', execute: [library.allowInsecureRequests] };
    const config = await library.discovery(new URL(issuer), client, {}, proof(secret), options);
    const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const assertion = await says(issuer, address);
    const tokens = await library.genericGrantRequest(config, grant, { assertion });
    const { sub, client_id, aud, name } = claims(tokens.access_token);
    say('tokens', { sub, client_id, aud, name, refresh: tokens.refresh_token !== undefined });
    const asked = await library.tokenIntrospection(config, tokens.access_token);
    say('introspected', { active: asked.active, sub: asked.sub });
    say('refused', {
        again: await refusal(library.genericGrantRequest(config, grant, { assertion })),
        elsewhere: await refusal(library.genericGrantRequest(config, grant, { assertion: await says(address, address) })),
    });
}

await tell({ sdk, openid }[library]);
