// The conformance tool of MCP, in its mode for authorization servers: `conformance.mjs ISSUER RESOURCE CLIENT PORT`. It prints
// an address for a person, and waits on PORT for the browser to come back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { person, say, tell } from './story.mjs';

const [issuer, resource, client, port] = process.argv.slice(2);
const TOOL = fileURLToPath(new URL('node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url));

await tell(async () => {
    const folder = await mkdtemp(join(homedir(), 'conformance-'));
    const asked = ['--url', issuer, '--client-id', client, '--resource', resource, '--port', port, '--output-dir', folder];
    const run = spawn(process.execPath, [TOOL, 'authorization', ...asked], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: run.stdout }).on('line', (line) => {
        if (!line.startsWith(`${issuer}/authorize?`)) return;
        person(line).catch((error) => run.kill() && say('failed', { why: String(error) }));
    });
    const [code] = await once(run, 'close');
    const checks = {};
    for (const path of await readdir(folder, { recursive: true })) {
        if (!path.endsWith('checks.json')) continue;
        for (const { id, status } of JSON.parse(await readFile(join(folder, path), 'utf8'))) checks[id] = status;
    }
    say('checked', { code, checks });
});
