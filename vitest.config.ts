import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`packages/${path}/src/`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: '@undertone/audio/pcm', replacement: `${source('audio')}pcm/index.ts` },
      { find: /^@undertone\/([a-z]+)$/, replacement: `${fileURLToPath(new URL('packages', import.meta.url))}/$1/src/index.ts` },
    ],
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'test/**/*.test.ts',
      ...(process.env.UNDERTONE_FULL ? ['test/**/*.full.ts', 'packages/*/test/**/*.full.ts'] : []),
    ],
    testTimeout: 120_000,
  },
});
