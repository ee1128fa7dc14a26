/** What is done on the line is done to the agent's own sound. */
import { describe, expect, it } from 'vitest';
import { type Cheat, History, startCheat } from '../../page/src/line/cheats.ts';
import { phrases, SampleCaller } from '../../page/src/line/sample.ts';

const BLOCK = 960;
/** A block that says which it is; `0` is silence. */
const block = (n: number): Float32Array => new Float32Array(BLOCK).fill(n / 10_000);
const number = (heard: Float32Array): number => Math.round(heard[0] * 10_000);
const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const hear = (cheat: Cheat, from: number, count: number): number[] =>
  numbers(from, count).map((n) => number(cheat.hear(block(n))));

function spoken(count: number): History {
  const history = new History();
  for (const n of numbers(100, count)) history.add(block(n));
  return history;
}

describe('cheats', () => {
  it('wait until there is something to cheat with', () => {
    const silent = new History();
    for (let n = 0; n < 400; n++) silent.add(block(0));
    expect(silent.enough).toBe(false);
    expect(spoken(199).enough).toBe(false);
    expect(spoken(200).enough).toBe(true);
  });
  it('replay what was said, in its order, and nothing that is said now', async () => {
    const heard = hear(await startCheat('replay', spoken(300), []), 5000, 400);
    expect(heard.every((n) => n < 5000)).toBe(true);
    expect(heard.slice(0, 200)).toEqual(numbers(heard[0], 200));
    expect(heard.slice(200)).toEqual(heard.slice(0, 200));
  });
  it('delay everything by four seconds, and lose nothing', async () => {
    const heard = hear(await startCheat('delay', spoken(300), []), 5000, 300);
    expect(heard).toEqual([...new Array(100).fill(0), ...numbers(5000, 200)]);
  });
  it('splice pieces of the same words in another order, none twice', async () => {
    const heard = hear(await startCheat('splice', spoken(300), []), 5000, 300).filter((n) => n > 0);
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.slice(0, 60)).toEqual([5020, 5000, 5010, 5040, 5050, 5030].flatMap((from) => numbers(from, 10)));
  });
  it('put the stranger in the agent’s place', async () => {
    expect(hear(await startCheat('impersonate', spoken(300), [block(7), block(8)]), 5000, 4)).toEqual([7, 8, 7, 8]);
  });
});

describe('the sample voice', () => {
  const said = [...numbers(100, 60), ...new Array(10).fill(0), ...numbers(200, 60)].map(block);
  it('is cut into phrases at its pauses', () => {
    expect(phrases(said).map((phrase) => number(phrase[0]))).toEqual([100, 0]);
  });
  it('speaks when the agent has finished, and at once when told to', () => {
    const caller = new SampleCaller(said);
    for (let n = 0; n < 20; n++) caller.hear(block(100));
    expect(number(caller.block())).toBe(0);
    for (let n = 0; n < 31; n++) caller.hear(block(0));
    expect(number(caller.block())).toBe(100);
    caller.speak();
    const [next] = phrases(said)[1];
    expect(caller.block()).toEqual(next);
  });
});
