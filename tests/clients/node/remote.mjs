// mcp-remote, which lends clients without authorization its own: `remote.mjs URL`.
//
// A client of the TypeScript SDK starts it as its server, as desktop programs do. It keeps registration and tokens in a
// folder: started again, with its access token revoked, it needs nobody.
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { must, person, revoke, say, tell } from './story.mjs';

const [address] = process.argv.slice(2);
const PROXY = fileURLToPath(new URL('node_modules/mcp-remote/dist/proxy.js', import.meta.url));

const text = async (client) => (await client.callTool({ name: 'whoami', arguments: {} })).content[0].text;

await tell(async () => {
    const folder = await mkdtemp(join(homedir(), 'mcp-remote-'));
    let asked = 0;

    const connected = async () => {
        const transport = new StdioClientTransport({
            command: process.execPath,
            args: [PROXY, address],
            // No browser of this machine is opened; the person copies the address that is printed.
            env: { PATH: process.env.PATH, HOME: homedir(), BROWSER: 'false', MCP_REMOTE_CONFIG_DIR: folder },
            stderr: 'pipe',
        });
        createInterface({ input: transport.stderr }).on('line', async (line) => {
            if (!/^https?:.*[?&]code_challenge=/.test(line)) return;
            asked += 1;
            await person(line);
        });
        const client = new Client({ name: 'story', version: '1.0.0' });
        await client.connect(transport);
        return client;
    };

    const kept = async (ending) => {
        const all = await readdir(folder, { recursive: true });
        const name = all.find((path) => path.endsWith(ending));
        must(name, `a file ${ending} among ${all}`);
        return JSON.parse(await readFile(join(folder, name), 'utf8'));
    };

    const client = await connected();
    const { tools } = await client.listTools();
    say('called', { tools: tools.map((tool) => tool.name), text: await text(client), asked });
    await client.close();

    const registered = await kept('_client_info.json');
    const before = await kept('_tokens.json');
    say('kept', { client: registered.client_id, method: registered.token_endpoint_auth_method, scope: before.scope });

    await revoke(registered.client_id, before.access_token, address);
    const again = await connected();
    const says = await text(again);
    const after = await kept('_tokens.json');
    say('refreshed', { text: says, new_access: after.access_token !== before.access_token, asked });
    await again.close();
});
