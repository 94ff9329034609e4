import { z } from 'zod';
import type { MachineSample } from './machine.ts';
import { objectRefSchema } from './machine-ref.ts';
import { stream } from './procedure.ts';

export const metricsRangeSchema = z.enum(['live', '1h', '24h']);
/** live: the last 10 minutes; 1h: one point in 10 s; 24h: one point a minute. */
export type MetricsRange = z.infer<typeof metricsRangeSchema>;

/** Milliseconds that a range reaches back, and between two points kept for it. */
export const metricsRanges: Readonly<Record<MetricsRange, { span: number; step: number }>> = {
  live: { span: 600_000, step: 10_000 },
  '1h': { span: 3_600_000, step: 10_000 },
  '24h': { span: 86_400_000, step: 60_000 },
};

export type MetricField = 'cpu' | 'memory' | 'disk' | 'network';

/** What is known of the use of one computer: the one Hearth runs on, or a node of the target. */
export interface HostGraph {
  /** `computer`, or `node/NAME`. */
  id: string;
  name: string;
  kind: 'computer' | 'node';
  /** Bytes; the top of the memory's scale. */
  memory?: number;
  cpus?: number;
  /** Figures that this computer does not give, with the reason. */
  missing: Partial<Record<MetricField, string>>;
  /** New points, oldest first; the first message has all of the range. `memory` is what is in use, in bytes. */
  points: MachineSample[];
}

/** How long Hearth's own disk lasts. Bytes; empty until it was looked at. */
export interface SpaceForecast {
  free?: number;
  total?: number;
  /** Whole days until it is full by the trend of the last days; absent where they are too few, or it does not fill. */
  daysLeft?: number;
}

/** Graphs over time, from the rings that the backend keeps on disk. Each first message has the whole range. */
export const metricsProcedures = {
  machine: stream<MachineSample[]>()(objectRefSchema.extend({ range: metricsRangeSchema })),
  space: stream<SpaceForecast>()(z.object({}).strict()),
  hosts: stream<HostGraph[]>()(z.object({ range: metricsRangeSchema })),
} as const;
