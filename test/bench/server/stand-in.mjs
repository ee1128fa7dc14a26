// In place of the full-duplex model: every call's frames that wait are answered together after a time, with what was heard.

/** @param runMs how long the frames of all calls take together */
export function standIn(runMs) {
  let waiting = [];
  let running = false;
  const run = () => {
    if (running || waiting.length === 0) return;
    running = true;
    const answers = waiting;
    waiting = [];
    setTimeout(() => {
      running = false;
      for (const answer of answers) answer();
      run();
    }, runMs);
  };
  const frame = (samples) =>
    new Promise((resolve) => {
      waiting.push(() => resolve({ samples, text: '' }));
      // A moment later, so that what comes at the same time is answered at the same time.
      setImmediate(run);
    });
  return {
    info: { voices: [], takesRoles: false },
    open: async () => ({ frame, setPersona: async () => {}, close: async () => {} }),
    stats: async () => ({}),
    close: async () => {},
  };
}
