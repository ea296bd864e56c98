// A client of the TypeScript SDK without a person (the client credentials extension): `machine.mjs URL ISSUER CLIENT METHOD
// CREDENTIAL v1|v2`. CREDENTIAL is a secret, or a private key as PKCS #8 in base64.
import { say, tell } from './story.mjs';

const [address, issuer, client, method, credential, generation] = process.argv.slice(2);
const sdk = await {
    v1: async () => ({
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
        ...(await import('@modelcontextprotocol/sdk/client/auth-extensions.js')),
    }),
    v2: () => import('@modelcontextprotocol/client'),
}[generation]();

const who = { clientId: client, expectedIssuer: issuer };
const pem = () => `-----BEGIN PRIVATE KEY-----\n${credential}\n-----END PRIVATE KEY-----\n`;
const provider = {
    client_secret_basic: () => new sdk.ClientCredentialsProvider({ ...who, clientSecret: credential }),
    private_key_jwt: () => new sdk.PrivateKeyJwtProvider({ ...who, privateKey: pem(), algorithm: 'ES256' }),
}[method]();

await tell(async () => {
    const connection = new sdk.Client({ name: 'story', version: '1.0.0' });
    await connection.connect(new sdk.StreamableHTTPClientTransport(new URL(address), { authProvider: provider }));
    const { content } = await connection.callTool({ name: 'whoami', arguments: {} });
    say('called', { text: content[0].text, refresh: provider.tokens().refresh_token !== undefined });
    await connection.close();
});
