// A client of the TypeScript SDK, first or second generation, with the SDK's own authorization: `client.mjs URL v1|v2`, or
// `client.mjs URL DOCUMENT v1|v2` for one that a document describes.
//
// Met with 401 it finds Doorbook, registers, sends the person there, comes back with a code, and calls the tool. When its
// access token has been revoked it refreshes without asking anybody; when its registration is gone it registers again.
import { randomBytes } from 'node:crypto';
import { askThePerson, claims, must, recorder, returnAddress, revoke, say, tell } from './story.mjs';

const [address, ...more] = process.argv.slice(2);
const generation = more.pop();
const [document] = more;
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await {
    v1: async () => ({
        ...(await import('@modelcontextprotocol/sdk/client/index.js')),
        ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
        ...(await import('@modelcontextprotocol/sdk/client/auth.js')),
    }),
    v2: () => import('@modelcontextprotocol/client'),
}[generation]();

/** What the SDK asks of the program that uses it; all in memory. */
class Provider {
    constructor(redirectUrl) {
        this.redirectUrl = redirectUrl;
        this.clientMetadataUrl = document;
        this.kept = {};
        this.sentAway = 0;
    }
    get clientMetadata() {
        return {
            client_name: `TypeScript SDK ${generation}`,
            redirect_uris: [this.redirectUrl],
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            token_endpoint_auth_method: 'none',
        };
    }
    state() {
        this.kept.state = randomBytes(16).toString('base64url');
        return this.kept.state;
    }
    clientInformation() {
        return this.kept.client;
    }
    saveClientInformation(client) {
        this.kept.client = client;
    }
    tokens() {
        return this.kept.tokens;
    }
    saveTokens(tokens) {
        this.kept.tokens = tokens;
    }
    redirectToAuthorization(url) {
        this.kept.url = url;
        this.sentAway += 1;
    }
    saveCodeVerifier(verifier) {
        this.kept.verifier = verifier;
    }
    codeVerifier() {
        return this.kept.verifier;
    }
    saveDiscoveryState(state) {
        this.kept.discovery = state;
    }
    discoveryState() {
        return this.kept.discovery;
    }
    invalidateCredentials(scope) {
        say('invalidated', { scope });
        const what = { all: ['client', 'tokens', 'verifier', 'discovery'] }[scope] ?? [scope];
        for (const name of what) delete this.kept[name];
    }
}

const text = async (client) => (await client.callTool({ name: 'whoami', arguments: {} })).content[0].text;

await tell(async () => {
    const back = await returnAddress();
    const provider = new Provider(back.url);
    const stranger = await fetch(address, { method: 'POST' });
    const challenge = stranger.headers.get('www-authenticate');
    say('refused', { status: stranger.status, challenge });

    const issuer = (await (await fetch(/resource_metadata="([^"]+)"/.exec(challenge)[1])).json()).authorization_servers[0];
    const wire = recorder(issuer);
    const options = { authProvider: provider, fetch: wire.fetch };
    const fresh = () => new Client({ name: 'story', version: '1.0.0' });

    const first = new StreamableHTTPClientTransport(new URL(address), options);
    const stopped = await fresh().connect(first).then(() => undefined, (error) => error);
    if (!(stopped instanceof UnauthorizedError)) throw stopped ?? new Error('let in without a token');
    // Of a client that a document describes the SDK keeps nothing but the id.
    const { client_id, token_endpoint_auth_method = document && 'none', client_secret } = provider.kept.client;
    say('registered', { client: client_id, method: token_endpoint_auth_method, secret: client_secret !== undefined });

    const query = await askThePerson(back, provider.kept.url);
    must(query.get('state') === provider.kept.state, 'the state comes back as it was');
    const { authorizationServerMetadata } = provider.kept.discovery;
    must(query.get('iss') === authorizationServerMetadata.issuer, 'the answer names its issuer');
    await (generation === 'v1' ? first.finishAuth(query.get('code')) : first.finishAuth(query));
    const { access_token, refresh_token, token_type, expires_in, scope } = provider.kept.tokens;
    say('tokens', { refresh: refresh_token !== undefined, token_type, expires_in, scope, claims: claims(access_token) });

    const client = fresh();
    await client.connect(new StreamableHTTPClientTransport(new URL(address), options));
    const { tools } = await client.listTools();
    say('called', { tools: tools.map((tool) => tool.name), text: await text(client) });

    await revoke(client_id, access_token, address);
    const again = await text(client);
    const refreshed = provider.kept.tokens;
    say('refreshed', {
        text: again,
        new_access: refreshed.access_token !== access_token,
        new_refresh: refreshed.refresh_token !== refresh_token,
        asked: provider.sentAway,
    });

    if (document) return say('wire', { requests: wire.requests });

    // A registration that is gone: the answer of the token endpoint is the SDK's only sign that it must register again.
    await revoke(client_id, refreshed.access_token, address);
    provider.kept.client = { ...provider.kept.client, client_id: 'client_that_is_gone' };
    const lost = await text(client).then(() => undefined, (error) => error);
    must(lost, 'a new registration has no token yet');
    say('registered again', { client: provider.kept.client.client_id, asked: provider.sentAway });
    say('wire', { requests: wire.requests });
});
