// Kills a server with SIGKILL at random moments, and looks at what is left: everything that was heard or said to be durable must be
// there, every disclosed slot with its record, and no key may have been heard before its time.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createChannelClient } from '@undertone/channel';
import { disclosureTimeMs, fromHex, hex, parseRecord } from '@undertone/token';
import { WebSocket } from 'ws';

const VICTIM = fileURLToPath(new URL('victim.mjs', import.meta.url));
const sharedMs = () => Number(process.hrtime.bigint()) / 1e6;

/** Processes that can be killed: the whole group, the one with the session keys, the database's, the channel's. */
export const TARGETS = ['all', 'media', 'database', 'channel'];

function startVictim(where) {
  const child = fork(VICTIM, [where], { detached: true });
  const victim = {
    child,
    url: null,
    clock: null,
    sessions: new Map(),
    durable: [],
    heard: [],
    early: 0,
    failed: [],
    channel: null,
  };
  victim.exited = new Promise((resolve) => child.once('exit', resolve));
  victim.speaking = new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the victim ended by itself: ${code}`)));
    child.on('message', (message) => {
      if (message.url) {
        Object.assign(victim, message);
        victim.channel = createChannelClient({ resolvers: [{ url: message.url }], WebSocket });
      } else if (message.session) follow(victim, message.session);
      else if (message.durable) victim.durable.push(message.durable);
      else if (message.failed) victim.failed.push(message.failed);
      else if (message.speaking) resolve();
    });
  });
  victim.speaking.catch(() => {});
  return victim;
}

function follow(victim, session) {
  const { card } = session;
  victim.sessions.set(card, session);
  const operatorMs = () => victim.clock.operatorMs + sharedMs() - victim.clock.sharedMs;
  victim.channel.subscribe(fromHex(card), {
    record: (bytes) => victim.heard.push({ card, what: `record ${hex(bytes)}` }),
    key(slot, key) {
      if (operatorMs() < disclosureTimeMs(session, slot)) victim.early++;
      victim.heard.push({ card, slot, what: `key ${slot} ${hex(key)}` });
    },
  });
}

/** Children of a process by the program they run; empty where there is no /proc. */
function children(pid) {
  const found = {};
  try {
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)) {
      const command = readFileSync(`/proc/${child}/cmdline`, 'utf8');
      if (command.includes('embedded-main')) found.database = Number(child);
      if (command.includes('channel-main')) found.channel = Number(child);
    }
  } catch {}
  return found;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Everything in the feeds of a victim's sessions, read through the channel of the one that came after. */
async function stored(url, sessions) {
  const items = new Map();
  for (const card of sessions.keys()) {
    const answer = await fetch(new URL(`v1/sessions/${card}/feed`, `${url}/`));
    const { items: page } = answer.ok ? await answer.json() : { items: [] };
    items.set(card, page);
  }
  return items;
}

/** What is wrong with what a killed server left behind. */
function losses(victim, left) {
  const lost = { heard: 0, durable: 0, withoutRecord: 0, outOfOrder: 0 };
  const text = (bytes) => hex(new Uint8Array(Buffer.from(bytes, 'base64url')));
  const kept = new Set();
  let disclosed = 0;
  for (const [card, items] of left) {
    const recorded = new Set();
    items.forEach((item, i) => {
      if (item.seq !== i + 1) lost.outOfOrder++;
      if (item.type === 'record') {
        kept.add(`${card} record ${text(item.record)}`);
        recorded.add(parseRecord(fromHex(text(item.record))).slot);
      } else if (item.type === 'key') {
        disclosed++;
        kept.add(`${card} key ${item.slot} ${text(item.key)}`);
        // Its record, and those of all slots before, must stand before the key.
        for (let slot = 1; slot <= item.slot; slot++) if (!recorded.has(slot)) lost.withoutRecord++;
      }
    });
    for (const { slot } of victim.durable.filter((d) => d.card === card)) if (!recorded.has(slot)) lost.durable++;
  }
  for (const { card, what } of victim.heard) if (!kept.has(`${card} ${what}`)) lost.heard++;
  return { ...lost, disclosed };
}

/**
 * Runs so many kills of servers that share one database: `{ folder }` of an embedded one, or a Postgres with `url` and `restartKilled`.
 * @returns the sums; `progress` is told their number and the sums so far after each
 */
export async function rounds(database, kills, progress = () => {}) {
  const where = database.folder ?? database.url;
  const sums = {
    kills: 0,
    disclosed: 0,
    heardKeys: 0,
    durableRecords: 0,
    heard: 0,
    durable: 0,
    withoutRecord: 0,
    outOfOrder: 0,
    early: 0,
    // Servers that ended because another of their processes was killed.
    brokenServers: 0,
  };
  let before = null;
  const judge = async (victim) => {
    if (!before) return;
    await victim.speaking;
    const found = losses(before, await stored(victim.url, before.sessions));
    for (const name of ['disclosed', 'heard', 'durable', 'withoutRecord', 'outOfOrder']) sums[name] += found[name];
    sums.early += before.early;
    sums.heardKeys += before.heard.filter(({ slot }) => slot !== undefined).length;
    sums.durableRecords += before.durable.length;
    before = null;
  };
  const end = async (victim) => {
    kill(-victim.child.pid);
    await victim.exited;
    victim.channel?.close();
  };
  for (const [i, target] of kills.entries()) {
    const victim = startVictim(where);
    try {
      if (target === 'start') {
        // Somewhere on the way up: in the database's own recovery, the migration, or the first sessions.
        await wait(Math.random() * 3000);
      } else {
        await judge(victim);
        await victim.speaking;
        await wait(500 + Math.random() * 2500);
        const pid = { media: victim.child.pid, ...children(victim.child.pid) }[target];
        if (victim.child.exitCode !== null) throw new Error(`the victim ended by itself: ${victim.child.exitCode}`);
        if (target === 'database' && database.restartKilled) await database.restartKilled();
        else if (pid !== undefined) kill(pid);
        // What goes on must go on rightly, and what was left alone must end by itself.
        if (target === 'database' || target === 'channel') {
          await wait(Math.random() * 6000);
          if (victim.child.exitCode !== null) sums.brokenServers++;
        }
      }
    } finally {
      await end(victim);
    }
    // A server that was killed on the way up said nothing; what the one before it said still counts.
    if (target !== 'start') before = victim;
    sums.kills++;
    progress(i + 1, sums);
  }
  const last = startVictim(where);
  try {
    await judge(last);
  } finally {
    await end(last);
  }
  return sums;
}
