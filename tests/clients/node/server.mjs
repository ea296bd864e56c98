// A protected MCP server of the TypeScript SDK, first or second generation: `server.mjs URL ISSUER v1|v2`.
//
// It trusts what Doorbook's keys have signed for it and sends strangers to Doorbook. Its one tool says who calls.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import express from 'express';
import { say } from './story.mjs';

const [address, issuer, generation] = process.argv.slice(2);
const here = new URL(address);

const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

// A server with nothing but the keys learns of a revocation only by being told; the story tells it.
const ended = new Set();

/** The one question that both generations ask: whose token is this? `Refused` is the error class of the generation. */
const verifier = (refuse) => ({
    async verifyAccessToken(token) {
        const { payload } = await jwtVerify(token, keys, { issuer, audience: address, typ: 'at+jwt' }).catch((error) => {
            throw refuse(error.code ?? String(error));
        });
        if (ended.has(payload.jti)) throw refuse('revoked');
        return {
            token,
            clientId: payload.client_id,
            scopes: payload.scope.split(' '),
            expiresAt: payload.exp,
            resource: new URL(payload.aud),
            extra: { subject: payload.sub },
        };
    },
});

const whoami = (auth) => ({ content: [{ type: 'text', text: `${auth.extra.subject} through ${auth.clientId}` }] });
const tool = { description: 'Says who calls' };
const identity = { name: 'whoami', version: '1.0.0' };

const app = express();
app.use(express.json());
app.post('/ended', (request, response) => {
    ended.add(request.body.jti);
    response.sendStatus(204);
});

await { v1, v2 }[generation]();
app.listen(Number(here.port), here.hostname, () => say('listening', { generation }));

async function v1() {
    const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js');
    const { StreamableHTTPServerTransport } = await import('@modelcontextprotocol/sdk/server/streamableHttp.js');
    const { requireBearerAuth } = await import('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js');
    const { InvalidTokenError } = await import('@modelcontextprotocol/sdk/server/auth/errors.js');
    const router = await import('@modelcontextprotocol/sdk/server/auth/router.js');

    const refuse = (why) => new InvalidTokenError(why);
    app.use(router.mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: here, scopesSupported: ['mcp'] }));
    const guard = requireBearerAuth({
        verifier: verifier(refuse),
        requiredScopes: ['mcp'],
        expectedResource: here,
        resourceMetadataUrl: router.getOAuthProtectedResourceMetadataUrl(here),
    });
    app.all(here.pathname, guard, async (request, response) => {
        const server = new McpServer(identity);
        server.registerTool('whoami', tool, (extra) => whoami(extra.authInfo));
        const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
        await server.connect(transport);
        await transport.handleRequest(request, response, request.body);
    });
}

async function v2() {
    const { McpServer, OAuthError, OAuthErrorCode, createMcpHandler } = await import('@modelcontextprotocol/server');
    const kit = await import('@modelcontextprotocol/express');
    const { toNodeHandler } = await import('@modelcontextprotocol/node');

    const refuse = (why) => new OAuthError(OAuthErrorCode.InvalidToken, why);
    app.use(kit.mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: here, scopesSupported: ['mcp'] }));
    const guard = kit.requireBearerAuth({
        verifier: verifier(refuse),
        requiredScopes: ['mcp'],
        expectedResource: here,
        resourceMetadataUrl: kit.getOAuthProtectedResourceMetadataUrl(here),
    });
    const handler = createMcpHandler(() => {
        const server = new McpServer(identity);
        server.registerTool('whoami', tool, (context) => whoami(context.http.authInfo));
        return server;
    });
    const serve = toNodeHandler(handler);
    app.all(here.pathname, guard, (request, response) => serve(request, response, request.body));
}
