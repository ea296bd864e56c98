// What every client program here shares: saying what happened, a record of what went over the wire, the person at the
// browser, and the loopback address to which the browser comes back.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const PERSON = fileURLToPath(new URL('../person.py', import.meta.url));

/** One step of the story as a line of JSON; the test reads these. */
export function say(step, facts = {}) {
    process.stdout.write(`${JSON.stringify({ step, ...facts })}\n`);
}

/** Ends the story with its last line when something went wrong. */
export async function tell(story) {
    try {
        await story();
        process.exit(0);
    } catch (error) {
        say('failed', { why: String(error?.stack ?? error), cause: error?.cause && String(error.cause) });
        process.exit(1);
    }
}

export function must(holds, what) {
    if (!holds) throw new Error(`not so: ${what}`);
}

/** The error with which `promise` is refused, as the library names it. */
export async function refusal(promise) {
    const error = await promise.then(() => undefined, (refused) => refused);
    must(error, 'refused');
    return error.error ?? error.cause?.status ?? String(error);
}

/** A fetch that remembers each request to `origin`: path, names of the parameters, how the client proved itself, status. */
export function recorder(origin) {
    const requests = [];
    const recorded = async (input, init) => {
        const url = new URL(input.url ?? input);
        const answer = await fetch(input, init);
        if (url.origin === new URL(origin).origin) requests.push(outline(url, init, answer));
        return answer;
    };
    return { requests, fetch: recorded };
}

function outline(url, init, answer) {
    const line = { method: init?.method ?? 'GET', path: url.pathname, status: answer.status };
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization) line.authorization = authorization.split(' ')[0];
    const body = init?.body && String(init.body);
    if (body?.startsWith('{')) line.sent = JSON.parse(body);
    else if (body) line.sent = [...new URLSearchParams(body).keys()];
    return line;
}

/** The address of a native client: listens on loopback and hands over the query of each visit. */
export async function returnAddress() {
    const waiting = [];
    const server = createServer((request, response) => {
        const url = new URL(request.url, 'http://127.0.0.1');
        response.end(url.pathname === '/callback' ? 'You can close this window.' : '');
        if (url.pathname === '/callback') waiting.shift()?.(url.searchParams);
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return {
        url: `http://127.0.0.1:${server.address().port}/callback`,
        visit: () => new Promise((came) => waiting.push(came)),
    };
}

/** Sends the person to `url`; what they saw, which is told as a step. */
export function person(url) {
    return new Promise((ended, failed) => {
        const browser = spawn('python3', [PERSON, String(url)], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        browser.stdout.on('data', (bytes) => (text += bytes));
        browser.on('error', failed);
        browser.on('close', (code) => {
            process.stdout.write(text);
            if (code === 0) ended(JSON.parse(text));
            else failed(new Error(`the person at the browser ended with ${code}`));
        });
    });
}

/** Opens `url` for the person and returns the query with which the browser came back to `address`. */
export async function askThePerson(address, url) {
    const came = address.visit();
    const seen = await person(url);
    must(seen.ended === address.url, `the browser came back to ${address.url}, not ${seen.ended}`);
    return came;
}

/** The claims of a JWT, unverified: for telling tokens apart. */
export function claims(token) {
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

/** What the gate has told the server behind it of the caller: the answer of that server lists its headers. */
export async function told(answer) {
    const headers = Object.fromEntries((await answer.json()).headers);
    // Where the gate names nobody, some proxies pass on an empty header and some none.
    return { user: headers['x-user-id'] || null, client: headers['x-auth-client-id'], scope: headers['x-auth-scope'] };
}

/** Ends an access token at Doorbook, and tells the protected server at `address`, which knows only the keys. */
export async function revoke(client, token, address) {
    const { iss, jti } = claims(token);
    const form = { token, token_type_hint: 'access_token', client_id: client };
    const answer = await fetch(`${iss}/revoke`, { method: 'POST', body: new URLSearchParams(form) });
    must(answer.status === 200, `revoked, not ${answer.status}`);
    const body = JSON.stringify({ jti });
    await fetch(new URL('/ended', address), { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}
