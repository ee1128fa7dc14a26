/** Identity within one process: keys, records and the verification channel in memory. For tests and servers that store nothing. */
import { InProcessChannel, type VerificationChannel } from '@undertone/channel';
import { createSession, hex, type IssuerKey, personaHash } from '@undertone/token';
import type { Identity, IdentityRequest, SpeakingSession } from './identity.ts';

const DISCLOSE_EVERY_MS = 100;

export class InProcessIdentity implements Identity {
  readonly #issuer: IssuerKey;
  readonly #channel = new InProcessChannel(() => Date.now());
  readonly #timer: NodeJS.Timeout;

  constructor(issuer: IssuerKey) {
    this.#issuer = issuer;
    this.#timer = setInterval(() => this.#channel.disclose(), DISCLOSE_EVERY_MS);
    this.#timer.unref();
  }

  /** Where verifiers in the same process ask. */
  get channel(): VerificationChannel {
    return this.#channel;
  }

  async start({ agent, scope, audience, persona, t0Ms, durationSeconds }: IdentityRequest): Promise<SpeakingSession> {
    const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
    const session = createSession({
      issuer: this.#issuer,
      agent,
      t0Ms,
      durationSeconds,
      claims: {
        scope,
        constraints: {},
        voicePersona: hex(personaHash('voice', utf8(persona.voice))),
        rolePersona: hex(personaHash('role', utf8(persona.role))),
        ...(audience === undefined ? {} : { audience }),
      },
    });
    const publish = this.#channel.open(session);
    return {
      session,
      publish: async (record) => publish(record),
      event: async () => {},
      answerWith: (answer) => this.#channel.answerWith(session, answer),
      end: async () => this.#channel.answerWith(session, null),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
  }
}
