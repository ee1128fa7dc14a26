/** Formats that need ffmpeg, when it is on the path. */
import { spawn } from 'node:child_process';
import { AudioError } from './errors.ts';
import { type AudioData, decodeWav } from './wav.ts';

/** Decodes through `ffmpeg`. Throws {@link AudioError} `needs-ffmpeg` or `audio-undecodable`. */
export function decodeWithFfmpeg(bytes: Uint8Array, kind: string): Promise<AudioData> {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-f', 'wav', '-c:a', 'pcm_f32le', 'pipe:1'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let said = '';
    child.on('error', () => reject(new AudioError('needs-ffmpeg', `${kind} files need ffmpeg on the path; or convert the file to WAV`)));
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => {
      said = (said + part.toString()).slice(-500);
    });
    // ffmpeg may stop reading a broken file early.
    child.stdin.on('error', () => {});
    child.on('close', (status) => {
      if (status !== 0) return reject(new AudioError('audio-undecodable', `${kind}: ${said.trim()}`));
      try {
        const { format: _wav, truncated: _open, ...data } = decodeWav(Buffer.concat(out));
        resolve({ ...data, format: kind });
      } catch (error) {
        reject(error);
      }
    });
    child.stdin.end(bytes);
  });
}
