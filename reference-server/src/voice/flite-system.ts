/**
 * The system calls that Flite makes (WASI preview 1), as far as it needs them: arguments, and one file to write to, in memory. Nothing
 * of the machine can be reached through them.
 */

/** Where Flite is told to write. */
export const OUTPUT_FILE = '/out/speech.wav';
const FOLDER = '/out';
const FOLDER_FD = 3;
const FILE_FD = 4;
/** Error numbers of WASI. */
const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_SEEKABLE = 70;
/** Kinds of descriptors. */
const CHARACTER_DEVICE = 2;
const DIRECTORY = 3;
const REGULAR_FILE = 4;
const EVERY_RIGHT = 0xffffffffffffffffn;
const FIRST_BYTES = 1 << 18;

/**
 * Flite's program, run again and again in one memory: a new instance for each phrase would leave 17 MB behind, and a thread with a small
 * heap hardly ever collects them.
 */
export class Flite {
  readonly #system = new System();
  readonly #memory: WebAssembly.Memory;
  readonly #start: () => void;
  /** The memory as the program finds it, without the zeros at its end. */
  readonly #image: Uint8Array;

  constructor(flite: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(flite, { wasi_snapshot_preview1: this.#system.calls() });
    const { memory, _start } = exports as { memory: WebAssembly.Memory; _start: () => void };
    this.#memory = memory;
    this.#system.memory = memory;
    this.#start = _start;
    const bytes = new Uint8Array(memory.buffer);
    this.#image = bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  }

  /**
   * Runs the program once. @param args the command's arguments, its name first @returns the file that it wrote. Throws when it fails, and is
   * then not to be used again: the program's stack is as the failure left it.
   */
  run(args: readonly string[]): Uint8Array {
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.set(this.#image);
    bytes.fill(0, this.#image.length);
    this.#system.begin(args);
    this.#start();
    return this.#system.file;
  }
}

class System {
  memory!: WebAssembly.Memory;
  #args: readonly Uint8Array[] = [];
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #at = 0;

  /** A new run: other arguments, and nothing written. */
  begin(args: readonly string[]): void {
    this.#args = args.map((arg) => new TextEncoder().encode(`${arg}\0`));
    this.#length = 0;
    this.#at = 0;
  }

  get file(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  get #view(): DataView {
    return new DataView(this.memory.buffer);
  }

  #put(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(bytes, at);
  }

  calls(): WebAssembly.ModuleImports {
    return {
      args_sizes_get: (count: number, size: number) => {
        this.#view.setUint32(count, this.#args.length, true);
        this.#view.setUint32(
          size,
          this.#args.reduce((sum, arg) => sum + arg.length, 0),
          true,
        );
        return SUCCESS;
      },
      args_get: (list: number, text: number) => {
        let at = text;
        for (const [i, arg] of this.#args.entries()) {
          this.#view.setUint32(list + 4 * i, at, true);
          this.#put(at, arg);
          at += arg.length;
        }
        return SUCCESS;
      },
      clock_time_get: (_clock: number, _precision: bigint, time: number) => {
        this.#view.setBigUint64(time, 0n, true);
        return SUCCESS;
      },
      fd_prestat_get: (fd: number, stat: number) => {
        if (fd !== FOLDER_FD) return BAD_DESCRIPTOR;
        this.#view.setUint32(stat, 0, true);
        this.#view.setUint32(stat + 4, FOLDER.length, true);
        return SUCCESS;
      },
      fd_prestat_dir_name: (_fd: number, name: number, length: number) => {
        this.#put(name, new TextEncoder().encode(FOLDER).subarray(0, length));
        return SUCCESS;
      },
      fd_fdstat_get: (fd: number, stat: number) => {
        if (fd > FILE_FD) return BAD_DESCRIPTOR;
        this.#view.setBigUint64(stat, 0n, true);
        this.#view.setUint8(stat, fd === FILE_FD ? REGULAR_FILE : fd === FOLDER_FD ? DIRECTORY : CHARACTER_DEVICE);
        this.#view.setBigUint64(stat + 8, EVERY_RIGHT, true);
        this.#view.setBigUint64(stat + 16, EVERY_RIGHT, true);
        return SUCCESS;
      },
      fd_fdstat_set_flags: () => SUCCESS,
      path_open: (...args: unknown[]) => {
        this.#view.setUint32(args[8] as number, FILE_FD, true);
        return SUCCESS;
      },
      fd_read: (_fd: number, _vectors: number, _count: number, read: number) => {
        this.#view.setUint32(read, 0, true);
        return SUCCESS;
      },
      fd_seek: (fd: number, offset: bigint, whence: number, place: number) => {
        if (fd !== FILE_FD) return NOT_SEEKABLE;
        this.#at = [0, this.#at, this.#length][whence] + Number(offset);
        this.#view.setBigUint64(place, BigInt(this.#at), true);
        return SUCCESS;
      },
      fd_write: (fd: number, vectors: number, count: number, written: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const from = this.#view.getUint32(vectors + 8 * i, true);
          const length = this.#view.getUint32(vectors + 8 * i + 4, true);
          if (fd === FILE_FD) this.#write(new Uint8Array(this.memory.buffer, from, length));
          sum += length;
        }
        this.#view.setUint32(written, sum, true);
        return SUCCESS;
      },
      fd_close: () => SUCCESS,
      proc_exit: (status: number) => {
        throw new Error(`flite ended with ${status}`);
      },
    };
  }

  #write(bytes: Uint8Array): void {
    const end = this.#at + bytes.length;
    if (end > this.#bytes.length) {
      const longer = new Uint8Array(2 * end);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes.set(bytes, this.#at);
    this.#at = end;
    this.#length = Math.max(this.#length, end);
  }
}
