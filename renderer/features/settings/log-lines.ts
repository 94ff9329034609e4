import { clockTime } from '../../lib/format.ts';
/** One line of the log as it is shown. */
export interface LogLine {
  key: number;
  level: 'debug' | 'info' | 'warning' | 'error';
  time: string;
  text: string;
}
const levelOf = (level: unknown): LogLine['level'] =>
  typeof level !== 'number' || level < 30 ? 'debug' : level < 40 ? 'info' : level < 50 ? 'warning' : 'error';

/** Reads pino's JSON lines; any other line is shown as it is. */
export function parseLine(line: string, key: number): LogLine {
  try {
    const { level, time, msg, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const more = Object.entries(rest).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    const date = typeof time === 'number' || typeof time === 'string' ? new Date(time) : undefined;
    return {
      key,
      level: levelOf(level),
      time: date && !Number.isNaN(date.getTime()) ? clockTime(date.toISOString()) : '',
      text: [typeof msg === 'string' ? msg : '', ...more].filter(Boolean).join('  '),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { key, level: 'info', time: '', text: line };
  }
}
