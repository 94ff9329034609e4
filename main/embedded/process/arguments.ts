import { parseArgs } from 'node:util';
import type { Accelerator } from '../../contract/host.ts';

export interface EngineArguments {
  dataDir: string;
  assets: string;
  accelerator: Accelerator;
  /** Bytes for all VMs together. */
  memory: number;
  /** Virtual processors of all VMs together. */
  processors: number | undefined;
  /** Bytes of the disk that are kept for the computer. */
  keptDisk: number | undefined;
  port: number | undefined;
  /** End when the pipe on stdin closes. */
  parentExits: boolean;
}

const accelerators: readonly string[] = ['kvm', 'hvf', 'whpx', 'tcg'] satisfies Accelerator[];

/** Reads the engine's command line. Throws with a plain message. */
export const readArguments = (argv: string[]): EngineArguments => {
  const { values } = parseArgs({
    args: argv,
    options: {
      'data-dir': { type: 'string' },
      assets: { type: 'string' },
      accelerator: { type: 'string', default: 'tcg' },
      memory: { type: 'string' },
      processors: { type: 'string' },
      'kept-disk': { type: 'string' },
      port: { type: 'string' },
      'parent-exits': { type: 'boolean', default: false },
    },
  });
  const { accelerator } = values;
  if (!values['data-dir']) throw new Error('--data-dir DIR is missing');
  if (!values.assets) throw new Error('--assets DIR is missing');
  if (!accelerators.includes(accelerator)) throw new Error(`--accelerator must be one of ${accelerators.join(', ')}`);
  const number = (name: 'memory' | 'port' | 'processors' | 'kept-disk', limit: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > limit) throw new Error(`--${name} must be a whole number up to ${limit}`);
    return value;
  };
  const memory = number('memory', Number.MAX_SAFE_INTEGER);
  if (memory === undefined) throw new Error('--memory BYTES is missing');
  return {
    dataDir: values['data-dir'],
    assets: values.assets,
    accelerator: accelerator as Accelerator,
    memory,
    processors: number('processors', Number.MAX_SAFE_INTEGER),
    keptDisk: number('kept-disk', Number.MAX_SAFE_INTEGER),
    port: number('port', 65_535),
    parentExits: values['parent-exits'],
  };
};
