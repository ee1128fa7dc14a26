/** Finds ONNX Runtime's library and CUDA's. The optional packages are loaded here and nowhere else. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ModelError } from '../errors.ts';

export type Koffi = typeof import('koffi').default;

export async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (cause) {
    throw new ModelError('runtime-missing', 'the package koffi is not installed: npm install koffi@3.3.4', { cause });
  }
}

/** The path of ONNX Runtime's library: `UNDERTONE_ONNXRUNTIME`, or the one inside the package onnxruntime-node. */
export function onnxruntimeLibrary(): string {
  const given = process.env.UNDERTONE_ONNXRUNTIME;
  if (given) {
    if (existsSync(given)) return given;
    throw new ModelError('runtime-missing', `UNDERTONE_ONNXRUNTIME is ${given}, which does not exist`);
  }
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  } catch (cause) {
    const how = 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.29.0';
    throw new ModelError('runtime-missing', `the package onnxruntime-node is not installed: ${how}`, { cause });
  }
  const folder = join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const name = names.find((n) => /^libonnxruntime\.so|^libonnxruntime.*\.dylib$|^onnxruntime\.dll$/.test(n));
  if (!name) throw new ModelError('runtime-missing', `onnxruntime-node has no library for ${process.platform} ${process.arch}`);
  return join(folder, name);
}

/** What the CUDA provider of ONNX Runtime 1.29 needs beside the driver, in the order in which it must be loaded. */
const CUDA_LIBRARIES = ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudnn.so.9'];
const CUDA_PROVIDER = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/** Kept: a library that nothing refers to is unloaded. */
const loaded: ReturnType<Koffi['load']>[] = [];

/** Loads CUDA's libraries for everyone in the process and returns the runtime library. */
export function loadCuda(koffi: Koffi, onnxruntime: string): ReturnType<Koffi['load']> {
  const missing = CUDA_PROVIDER.filter((name) => !existsSync(join(dirname(onnxruntime), name)));
  if (missing.length > 0)
    throw new ModelError(
      'runtime-missing',
      `CUDA: ${missing.join(' and ')} must lie beside ${onnxruntime}; docs/model.md says where they come from`,
    );
  const folders = [...(process.env.UNDERTONE_CUDA_PATH ?? '').split(':').filter(Boolean), '/usr/local/cuda/lib64'];
  const libraries = CUDA_LIBRARIES.map((name) => {
    const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    try {
      return koffi.load(found ?? name, { global: true });
    } catch (cause) {
      const where = 'put its folder into UNDERTONE_CUDA_PATH (CUDA 13 and cuDNN 9 are needed)';
      throw new ModelError('runtime-missing', `CUDA: ${name} cannot be loaded: ${where}`, { cause });
    }
  });
  loaded.push(...libraries);
  return libraries[0];
}
