/** Structured logs. They hold codes, counts and session ids: never speech, text, prompts, queries, tokens or keys. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

/** @param destination where lines go; default standard error, so that standard output stays free */
export function createLogger(level: (typeof LOG_LEVELS)[number], destination: NodeJS.WritableStream = process.stderr): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      // A second fence: none of these is logged on purpose.
      redact: {
        paths: [
          '*.secretKey',
          '*.key',
          '*.token',
          '*.authorization',
          '*.headers',
          '*.text',
          '*.role',
          '*.samples',
          'url',
          '*.url',
        ],
        remove: true,
      },
      // Requests by path: the query may hold prompts and addresses.
      serializers: {
        req: (request: { method: string; url: string }) => ({ method: request.method, path: request.url.split('?')[0] }),
      },
    },
    destination,
  );
}
