/** TLS by files: calls over wss, and the verification channel over https. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIRECTORY_PATH } from '@undertone/token/directory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { output, type Serving, serveCommand, undertone } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const made = spawnSync('openssl', [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
  ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
]);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (): string[] => ['--channel-port', '0', '--data', mkdtempSync(join(folder, 'data-')), '--log-level', 'silent'];

function json(url: string, ca: Buffer): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    get(url, { ca }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
}

if (made.status !== 0)
  it('is NOT RUN, because openssl, which makes the certificate, is not here', () => {
    process.stderr.write('\nNOT RUN: the tests of TLS need openssl\n\n');
  });
else
  describe('a server with a certificate', () => {
    let server: Serving;
    beforeAll(async () => {
      server = await serveCommand('--tls-cert', cert, '--tls-key', key, ...options());
    });
    afterAll(() => server?.process.kill('SIGKILL'));

    it('speaks over wss to who trusts the certificate, and to nobody else', async () => {
      expect(server.chat).toMatch(/^wss:/);
      const first = (ca?: Buffer): Promise<string> =>
        new Promise((resolve) => {
          const socket = new WebSocket(server.chat, ca ? { ca } : {});
          socket.on('message', (data: Buffer) => {
            resolve(`type ${data[0]}`);
            socket.terminate();
          });
          socket.on('error', (error) => resolve((error as Error & { code?: string }).code ?? error.message));
        });
      expect(await first(readFileSync(cert))).toBe('type 0');
      expect(await first()).toMatch(/SELF_SIGNED/);
    });

    it('has its verification channel and its directory over https', async () => {
      const ca = readFileSync(cert);
      const { channel } = await json(`${server.http}/api/agent`, ca);
      expect(channel).toMatch(/^https:/);
      expect(JSON.stringify(await json(`${channel}${DIRECTORY_PATH}`, ca))).toContain(`${channel}/v1/status`);
    });

    it('does not start with files that are none', async () => {
      const wrong = join(folder, 'wrong.pem');
      writeFileSync(wrong, 'not a certificate');
      const text = await output(undertone('serve', '--tls-cert', wrong, '--tls-key', wrong, ...options()), /server-bad-option/);
      expect(text).toMatch(/server-bad-option: .*tls/i);
      expect(await output(undertone('serve', '--tls-cert', cert, ...options()), /go together/)).toMatch(/go together/);
    });
  });
