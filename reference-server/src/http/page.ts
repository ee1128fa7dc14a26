/** The page: files that were built beforehand, under headers that let it do nothing else than it must. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Built by page/build.mjs; the same folder whether this runs from the sources or built. */
const FOLDER = new URL('../../dist/page/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.opus': 'audio/ogg',
  '.txt': 'text/plain; charset=utf-8',
};

/** What the page may do: run its own scripts and WebAssembly, and reach this server and the verification channel. */
function securityPolicy(channel: string): string {
  const { origin } = new URL(channel);
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${origin} ${origin.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Adds the page at `/`. @param channel address of the verification channel, which the page asks @returns whether it was built */
export async function page(app: FastifyInstance, channel: string): Promise<boolean> {
  // The build writes this last.
  if (!existsSync(new URL('made-of.json', FOLDER))) {
    app.log.warn('the page is not built: node reference-server/page/build.mjs');
    return false;
  }
  const headers = {
    'content-security-policy': securityPolicy(channel),
    'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // Asked again each time, and answered by the tag: a server that is brought up to date brings its page along.
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
  };
  const names = await readdir(FOLDER);
  for (const name of names.filter((file) => extname(file) in TYPES)) {
    const plain = await readFile(new URL(name, FOLDER));
    const small = names.includes(`${name}.br`) ? await readFile(new URL(`${name}.br`, FOLDER)) : null;
    const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`;
    app.get(name === 'index.html' ? '/' : `/${name}`, async (request, reply) => {
      reply.headers({ ...headers, etag: tag });
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      reply.type(TYPES[extname(name)]);
      if (small === null || !/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain);
      return reply.header('content-encoding', 'br').send(small);
    });
  }
  return true;
}
