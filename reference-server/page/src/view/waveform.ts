/** Both voices as they are heard, the agent's in the colour of what is known about it. */
import type { SpanState } from '@undertone/token';

/** Width of a bar and its gap, in CSS pixels; each stands for 40 ms. */
const BAR = 3;
const GAP = 1;
/** With little motion wanted the picture moves this often, in blocks: once a second. */
const CALM_BLOCKS = 25;

interface Bar {
  readonly agent: number;
  readonly caller: number;
  readonly state: SpanState;
}

export class Waveform {
  readonly #canvas: HTMLCanvasElement;
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #bars: Bar[] = [];
  #since = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
    this.#draw();
  }

  clear(): void {
    this.#bars = [];
    this.#draw();
  }

  push(agent: number, caller: number, state: SpanState): void {
    this.#bars.push({ agent, caller, state });
    const room = Math.ceil(this.#canvas.clientWidth / (BAR + GAP)) + CALM_BLOCKS;
    if (this.#bars.length > room) this.#bars.splice(0, this.#bars.length - room);
    if (this.#calm.matches && ++this.#since < CALM_BLOCKS) return;
    this.#since = 0;
    this.#draw();
  }

  #draw(): void {
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = devicePixelRatio;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const paint = canvas.getContext('2d')!;
    paint.scale(scale, scale);
    const style = getComputedStyle(canvas);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const agentAt = height * 0.36;
    const callerAt = height * 0.84;
    paint.fillStyle = colour('rule');
    paint.fillRect(0, agentAt, width, 1);
    paint.fillRect(0, callerAt, width, 1);
    this.#bars.toReversed().forEach(({ agent, caller, state }, i) => {
      const x = width - (i + 1) * (BAR + GAP);
      if (x < -BAR) return;
      paint.fillStyle = colour(`state-${state}`);
      bar(paint, x, agentAt, Math.sqrt(agent) * height * 0.62);
      paint.fillStyle = colour('caller');
      bar(paint, x, callerAt, Math.sqrt(caller) * height * 0.26);
    });
  }
}

function bar(paint: CanvasRenderingContext2D, x: number, middle: number, extent: number): void {
  // Speech is quiet most of the time: the square root shows its shape.
  const half = Math.max(0.75, extent / 2);
  paint.beginPath();
  paint.roundRect(x, middle - half, BAR, 2 * half, BAR / 2);
  paint.fill();
}
