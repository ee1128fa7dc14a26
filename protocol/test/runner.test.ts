import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { compare } from '../src/compare.ts';
import { Implementation } from '../src/implementation.ts';
import { isClean, type Matrix, matrixHtml } from '../src/matrix.ts';
import { rulesOfPage } from '../src/rules.ts';
import { runVector } from '../src/run.ts';
import type { PlacedVector } from '../src/vectors.ts';

const vector: PlacedVector = {
  id: 'card/verify/expired',
  name: 'expired',
  description: 'After its end',
  rules: ['CARD-3'],
  polarity: 'negative',
  layer: 'card',
  operation: 'card.verify',
  input: {},
  expect: { valid: false, code: 'card-expired' },
};
const started: Implementation[] = [];
/** A program that runs `script` for each line, with the request as `q`. */
function program(script: string, timeoutMs = 5000): Implementation {
  const body = `require('readline').createInterface({input:process.stdin}).on('line',l=>{const q=JSON.parse(l);${script}})`;
  const implementation = new Implementation({
    name: 'program',
    command: `"${process.execPath}" -e ${JSON.stringify(body)}`,
    folder: tmpdir(),
    timeoutMs,
  });
  started.push(implementation);
  return implementation;
}
const run = (implementation: Implementation) => runVector((o, i) => implementation.ask(o, i), vector, tmpdir());
const say = (answer: string): string => `console.log(JSON.stringify(Object.assign({id:q.id},${answer})))`;

afterEach(async () => {
  await Promise.all(started.splice(0).map((implementation) => implementation.close()));
});

describe('the runner', () => {
  it('passes what refuses for the right reason', async () => {
    expect(await run(program(say("{valid:false,code:'card-expired'}")))).toMatchObject({ outcome: 'passed' });
  });
  it('fails what accepts, refuses for another reason, or breaks', async () => {
    for (const answer of ['{valid:true,output:{}}', "{valid:false,code:'card-bad-length'}", "{error:'no idea'}"])
      expect(await run(program(say(answer))), answer).toMatchObject({ outcome: 'failed' });
  });
  it('fails a program that dies, talks nonsense or says nothing', async () => {
    expect(await run(program('process.exit(3)'))).toMatchObject({ outcome: 'failed', detail: 'error: it ended with status 3' });
    expect(await run(program("console.log('not json');console.log('{}')", 800))).toMatchObject({ outcome: 'failed' });
    expect(await run(program('', 800))).toMatchObject({ outcome: 'failed', detail: 'error: no answer within 800 ms' });
  });
  it('lets a program say that it does not do something: by an answer, or by status 127', async () => {
    expect(await run(program(say('{unsupported:true}')))).toMatchObject({ outcome: 'unsupported' });
    expect(await run(program('process.exit(127)'))).toMatchObject({ outcome: 'unsupported' });
  });
  it('takes answers in any order', async () => {
    const late = program(
      `${say('{valid:true,output:{n:q.input.n}}')
        .replace('console.log(', 'setTimeout(()=>console.log(')
        .replace(/\)$/, '),q.input.n===1?300:0)')}`,
    );
    const [a, b] = await Promise.all([1, 2].map((n) => late.ask('x.y', { n })));
    expect([a, b]).toEqual([1, 2].map((n) => ({ valid: true, output: { n } })));
  });
});

describe('the comparison', () => {
  const of = (expected: object, actual: object, tolerance = {}) =>
    compare({ valid: true, output: { ...expected } }, { valid: true, output: { ...actual } }, tolerance);
  it('is exact unless the vector says how near is near enough', () => {
    expect(of({ a: 1 }, { a: 1.001 })).toContain('a is 1.001');
    expect(of({ a: [1, { b: 2 }] }, { a: [1.001, { b: 1.999 }] }, { a: 0.01 })).toBeNull();
    expect(of({ a: [1, 2] }, { a: [1] }, { a: 9 })).toContain('no list of 2');
    expect(of({ a: 1 }, { a: Number.NaN }, { a: 9 })).not.toBeNull();
    expect(of({ a: null }, { a: 0 })).not.toBeNull();
    expect(of({ a: 'x' }, { a: 'x', more: 1 })).toBeNull();
  });
});

describe('the rules', () => {
  it('are read from list items, with what is indented under them', () => {
    const rules = rulesOfPage('01-x', 'Text MUST.\n\n- **X-1** One\n  MUST NOT be two.\n- **X-2** A definition.\n\nIt MUST.\n');
    expect(rules).toEqual([
      { id: 'X-1', page: '01-x', text: 'One MUST NOT be two.', mandatory: true },
      { id: 'X-2', page: '01-x', text: 'A definition.', mandatory: false },
    ]);
  });
});

describe('the matrix', () => {
  const matrix = (outcome: 'passed' | 'failed' | 'unsupported'): Matrix => ({
    version: '1',
    entries: [{ name: '<mine>', command: 'x', results: [{ id: 'a/b', outcome, detail: '"><script>' }] }],
    cross: [],
  });
  it('is clean when nothing failed, and shows names as text', () => {
    expect(['passed', 'unsupported', 'failed'].map((o) => isClean(matrix(o as 'passed')))).toEqual([true, true, false]);
    const html = matrixHtml(matrix('failed'));
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<mine>');
  });
});
