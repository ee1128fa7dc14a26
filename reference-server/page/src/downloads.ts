/** What a visitor can take along: the recording, the session records, the issuer's key, the report. */
import type { ChannelReport } from '@undertone/detector';
import type { CallEvidence } from './evidence.ts';
import type { AgentInfo, RecordingName } from './threads.ts';
import type { Tried } from './view/cheat-panel.ts';
import { byId } from './view/dom.ts';

/** How often, and how many times, a session record is asked for until it is complete. */
const ASK_EVERY_MS = 1000;
const ASK_TIMES = 20;

export const FILES = {
  received: 'undertone-call.wav',
  heard: 'undertone-heard.wav',
  session: 'undertone-call.wav.session.json',
  issuer: 'issuer.pub.json',
  report: 'undertone-call.report.json',
  drawn: 'undertone-call.report.html',
} as const;

/** Hands a file to the browser's downloads. */
export function save(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What the page heard, in the form of `undertone verify --json`, and what happened when. */
export function reportOf(
  report: ChannelReport,
  seconds: number,
  agent: AgentInfo,
  evidence: CallEvidence,
  tried: readonly Tried[],
): string {
  return json({
    file: FILES.heard,
    heard: 'live, in the page',
    trust: [{ issuer: agent.issuer.name, kid: agent.issuer.kid, from: 'the server that serves the page' }],
    durationSeconds: seconds,
    sampleRate: 24000,
    channels: [report],
    states: evidence.changes,
    cheats: tried,
    note: 'The absence of a mark proves nothing.',
  });
}

/** What happened, in lines. */
export function factsOf(evidence: CallEvidence, tried: readonly Tried[]): string[] {
  const at = (seconds: number): string => `${seconds.toFixed(1)} s`;
  return [
    ...evidence.changes.map(({ seconds, state, reason }) => `${at(seconds)}: ${state} (${reason})`),
    ...tried.map(({ cheat, fromSeconds, fell }) => {
      const noticed = fell ? `${fell.state} after ${at(fell.afterSeconds)}` : 'not noticed while it lasted';
      return `${at(fromSeconds)}: ${cheat} on the line, ${noticed}`;
    }),
  ];
}

/** A session record, once the operator has signed it; null when it does not come. */
async function sessionRecord(channel: string, cardHash: string): Promise<unknown> {
  for (let n = 0; n < ASK_TIMES; n++) {
    const answer = await fetch(new URL(`v1/sessions/${cardHash}/record`, channel.endsWith('/') ? channel : `${channel}/`), {
      credentials: 'omit',
    }).catch(() => null);
    if (answer?.ok) {
      const record = (await answer.json()) as { signature?: unknown };
      if (record.signature) return record;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return null;
}

/** What `undertone verify` reads: the call's session record, or a list of them where it went on from card to card; null without any. */
export async function sessionFile(channel: string, cardHashes: readonly string[]): Promise<string | null> {
  const asked = await Promise.all(cardHashes.map((cardHash) => sessionRecord(channel, cardHash)));
  const records = asked.filter((record) => record !== null);
  if (records.length === 0) return null;
  return `${JSON.stringify(records.length === 1 ? records[0] : records)}\n`;
}

export interface DownloadSource {
  readonly agent: AgentInfo;
  readonly evidence: CallEvidence;
  readonly tried: readonly Tried[];
  askForRecording(which: RecordingName): void;
}

/** Shows the downloads of a call that has ended; each is enabled when it is there. */
export class Downloads {
  readonly #buttons = (Object.keys(FILES) as (keyof typeof FILES)[]).map((id) => byId<HTMLButtonElement>(`save-${id}`));

  hide(): void {
    byId('keep').hidden = true;
    for (const button of this.#buttons) {
      button.disabled = true;
      button.onclick = null;
    }
  }

  offer({ agent, evidence, tried, askForRecording }: DownloadSource): void {
    byId('keep').hidden = false;
    this.#enable('received', () => askForRecording('received'));
    if (tried.length > 0) this.#enable('heard', () => askForRecording('heard'));
    byId('save-heard').hidden = tried.length === 0;
    this.#enable('issuer', () => save(FILES.issuer, json(agent.issuer), 'application/json'));
    sessionFile(agent.channel, evidence.cardHashes).then((text) => {
      if (text !== null) this.#enable('session', () => save(FILES.session, text, 'application/json'));
    });
  }

  report(text: string): void {
    this.#enable('report', () => save(FILES.report, text, 'application/json'));
  }

  drawn(html: string): void {
    this.#enable('drawn', () => save(FILES.drawn, html, 'text/html'));
  }

  #enable(id: keyof typeof FILES, onClick: () => void): void {
    const button = byId<HTMLButtonElement>(`save-${id}`);
    button.disabled = false;
    button.onclick = onClick;
  }
}
