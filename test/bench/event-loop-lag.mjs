// How late this thread's timers come: what everything else in the thread waits too.
const EVERY_MS = 2;

/** Begins to measure. @returns a function that ends it and gives every lag, ms */
export function watchLag() {
  const lag = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lag.push(Math.max(0, now - last - EVERY_MS));
    last = now;
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    return lag;
  };
}
