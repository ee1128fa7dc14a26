/** Identity within one process: keys, records and the verification channel in memory. For tests and servers that store nothing. */
import { InProcessChannel, type VerificationChannel } from '@undertone/channel';
import { createSession, type IssuerKey, renewSession, type Session } from '@undertone/token';
import { type Identity, type IdentityRequest, personaClaims, type SpeakingSession } from './identity.ts';

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
    const claims = { scope, constraints: {}, ...personaClaims(persona), ...(audience === undefined ? {} : { audience }) };
    return this.#speak(createSession({ issuer: this.#issuer, agent, t0Ms, durationSeconds, claims }));
  }

  #speak(session: Session): SpeakingSession {
    const publish = this.#channel.open(session);
    return {
      session,
      publish: async (record) => publish(record),
      event: async () => {},
      answerWith: (answer) => this.#channel.answerWith(session, answer),
      renew: async ({ persona, ...request }) => {
        const next = renewSession(session, { ...request, issuer: this.#issuer, claims: personaClaims(persona) });
        return { speaking: this.#speak(next.session), announce: async () => this.#channel.renew(next.renewal) };
      },
      end: async () => this.#channel.answerWith(session, null),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
  }
}
