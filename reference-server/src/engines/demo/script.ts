/** What the demonstration agent says. It hears when its caller speaks and for how long, not what is said, and says so when asked. */

/** Chooses among lines: repeatable with a seed, always the first at temperature 0. */
export class Chance {
  readonly #temperature: number;
  #state: number;

  constructor(seed: number | undefined, temperature = 0.7) {
    this.#temperature = temperature;
    this.#state = (seed ?? Math.floor(Math.random() * 2 ** 32)) >>> 0 || 1;
  }

  #next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }

  /** True with this probability at the usual temperature of 0.7, in proportion at others. */
  happens(probability: number): boolean {
    return this.#next() < (probability * this.#temperature) / 0.7;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#temperature === 0 ? 0 : Math.floor(this.#next() * list.length)];
  }
}

export const BACKCHANNELS: readonly string[] = ['Mm-hm.', 'Right.', 'I see.', 'Okay.', 'Yes.'];
export const RESUMES: readonly string[] = ['As I was saying.', 'Where was I? Yes.', 'So.'];
export const STILL_THERE: readonly string[] = [
  'Are you still there?',
  'Take your time. I am here.',
  'I can wait. Nothing is lost when nobody speaks.',
];
/** Sentences that the agent gives up in the middle, by itself. */
export const ABANDONED: readonly string[] = [
  'I could also tell you about the, no, wait, that comes later.',
  'What I wanted to say is, hm, let me put it differently.',
  'There is one more thing, but, no, never mind.',
];
const SHORT_ANSWERS: readonly string[] = ['Good.', 'Understood.', 'Yes, exactly.', 'All right, tell me more.'];
const ANSWERS: readonly string[] = [
  'Thank you, I heard that. While you spoke, I was listening, and while I speak now, I still am.',
  'That makes sense to me. You can stop me at any moment. Just start to talk.',
  'Good question. The answer travels with my voice: inside this sound there is a mark that says who I am.',
  'I understand. By the way, if somebody copies my voice, the mark will not be there.',
  'Interesting. And if somebody copies the mark, the words will not fit it any more.',
  'Let me think about that. Your detector does not have to trust me. It checks a signature.',
  'I am glad you asked. A recording of this call can still be checked in ten years.',
];
const LONG_ANSWERS: readonly string[] = [
  'That was quite a lot, and I did not want to interrupt you. Shall we take it one by one?',
  'Thank you for explaining it so well. I noticed every pause in it, and I stayed quiet on purpose.',
  'I followed you to the end. Let me answer the last part first.',
];

/** What the role says about itself. */
interface Role {
  readonly name: string;
  readonly work: string | null;
}

/** Reads "You are Ana, the receptionist of a dental practice. …" and the like. */
function readRole(role: string): Role {
  const plain = role.replace(/<\/?system>/g, ' ').replace(/\s+/g, ' ');
  const name = /(?:you are|your name is|called|named) ([A-Z][a-z]+)\b/i.exec(plain)?.[1];
  const work = /\b(?:you are|you're|as|,)(?: [A-Z][a-z]+,?)? ((?:an?|the) [^.,;!?]{3,120})/i.exec(plain)?.[1];
  const isArticle = name !== undefined && /^(an?|the)$/i.test(name);
  return { name: name === undefined || isArticle ? 'Robin' : name, work: work ?? null };
}

/** The lines of one role. */
export class Script {
  readonly #chance: Chance;
  readonly greeting: string;
  #last = '';

  constructor(role: string, chance: Chance) {
    const { name, work } = readRole(role);
    this.#chance = chance;
    const who = work ? `I am ${work}.` : 'I am a synthetic voice, and my identity travels inside the sound that you hear.';
    this.greeting = `Hello, this is ${name}. ${who} How can I help you?`;
  }

  /** What to say after the caller spoke for so long; never the same twice in a row. */
  answer(utteranceMs: number): string {
    const list = utteranceMs < 900 ? SHORT_ANSWERS : utteranceMs < 8000 ? ANSWERS : LONG_ANSWERS;
    let line = this.#chance.pick(list);
    if (line === this.#last) line = list[(list.indexOf(line) + 1) % list.length];
    this.#last = line;
    return line;
  }
}
