#!/usr/bin/env node
/** This implementation as a program: requests on standard input, answers on standard output. */
import { createInterface } from 'node:readline';
import type { Request } from '../contract.ts';
import { answer } from './operations.ts';

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Request))}\n`);
}
