import { z } from 'zod';
import { ProblemError } from '../../../../contract/problem.ts';
import type { RunOptions, RunResult } from '../../../process.ts';

/** How this part starts a program: without a shell, with a time limit. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** What is read of one block device of `lsblk -J -b -O`; the names are lsblk's (util-linux 2.38). */
export interface BlockNode {
  name: string;
  kname: string;
  type: string;
  /** Bytes. */
  size: number;
  model?: string | null | undefined;
  vendor?: string | null | undefined;
  serial?: string | null | undefined;
  wwn?: string | null | undefined;
  tran?: string | null | undefined;
  subsystems?: string | null | undefined;
  ro?: boolean | undefined;
  rm?: boolean | undefined;
  hotplug?: boolean | undefined;
  rota?: boolean | undefined;
  fstype?: string | null | undefined;
  label?: string | null | undefined;
  partlabel?: string | null | undefined;
  parttype?: string | null | undefined;
  pttype?: string | null | undefined;
  /** In sectors of 512 bytes. */
  start?: number | null | undefined;
  'log-sec'?: number | undefined;
  mountpoints?: (string | null)[] | undefined;
  mountpoint?: string | null | undefined;
  children?: BlockNode[] | undefined;
}

const text = z.string().nullish();
const nodeSchema: z.ZodType<BlockNode> = z.lazy(() =>
  z.object({
    name: z.string(),
    kname: z.string(),
    type: z.string(),
    size: z.number().nullable().transform((size) => size ?? 0),
    model: text,
    vendor: text,
    serial: text,
    wwn: text,
    tran: text,
    subsystems: text,
    ro: z.boolean().optional(),
    rm: z.boolean().optional(),
    hotplug: z.boolean().optional(),
    rota: z.boolean().optional(),
    fstype: text,
    label: text,
    partlabel: text,
    parttype: text,
    pttype: text,
    start: z.number().nullish(),
    'log-sec': z.number().optional(),
    mountpoints: z.array(z.string().nullable()).optional(),
    mountpoint: text,
    children: z.array(nodeSchema).optional(),
  }),
); // prettier-ignore
const treeSchema = z.object({ blockdevices: z.array(nodeSchema) });

/** The block devices of this computer. Problem `disks-unreadable` when lsblk does not tell them. */
export async function readBlocks(run: Run): Promise<BlockNode[]> {
  const { code, stdout, stderr } = await run(['lsblk', '-J', '-b', '-O'], { timeoutMs: 30_000 });
  if (code === 0)
    try {
      return treeSchema.parse(JSON.parse(stdout)).blockdevices;
    } catch (error) {
      throw unreadable(error instanceof Error ? error.message : String(error));
    }
  throw unreadable(stderr);
}

const unreadable = (output: string): ProblemError =>
  new ProblemError({
    code: 'disks-unreadable',
    title: 'The disks cannot be listed',
    detail: 'lsblk did not tell which disks this computer has.',
    fix: 'Start the box again. If it stays so, look at its log.',
    command: 'lsblk -J -b -O',
    output: output.split('\n').slice(-5),
  });

/** A device and all that is built on it, however deep. */
export const withDescendants = (node: BlockNode): BlockNode[] => [
  node,
  ...(node.children ?? []).flatMap(withDescendants),
];

/** Where it is mounted; `[SWAP]` for swap space in use. */
export const mountsOf = (node: BlockNode): string[] =>
  [...new Set([...(node.mountpoints ?? []), node.mountpoint])].filter((mount) => typeof mount === 'string');

export const partitionsOf = (node: BlockNode): BlockNode[] =>
  (node.children ?? []).filter(({ type }) => type === 'part');
