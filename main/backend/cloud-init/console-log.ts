import type { FirstBootProblem } from '../../contract/cloud-init.ts';

/** One run of cloud-init (or of the starter's own reader) as its console tells it. */
export interface ConsoleRun {
  /** Milliseconds since 1970 by the guest's clock; absent where the first line of the run is not there. */
  startedAt?: number;
  endedAt?: number;
  /** Seconds since the guest's start when it ended. */
  seconds?: number;
  by?: string;
  finished: boolean;
  problems: FirstBootProblem[];
}

const most = 40;
/** Colours, cursor moves, titles; a line end is kept. */
const escapes = new RegExp(
  String.raw`\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[()][A-Za-z0-9]|[@-Z\\_=>78-])|[\x00-\x08\x0B\x0C\x0E-\x1A]`,
  'g',
);

const running = /(Cloud-init|Hearth starter) v\. (\S+) running '([^']+)' at (.+?)\. Up ([\d.]+) seconds/;
const finished = /(Cloud-init|Hearth starter) v\. (\S+) finished at (.+?)\. Datasource (.+?)\.\s+Up ([\d.]+) seconds/;
/** systemd's own line, where final_message was changed. */
const target = /\[\s*OK\s*\] Reached target .*(cloud-init\.target|Cloud-init target)/;

/** A line of a logger inside: "cc_runcmd.py[WARNING]: ..." or "hearth-starter[ERROR]: ...". */
const logged = /(?:^|[\s:])([\w.-]+)\[(WARNING|ERROR|CRITICAL)\]: (.*)$/;
const unit = /\[\s*FAILED\s*\] Failed to start (.*cloud-?(?:init|config|final)\S*.*)/i;

/**
 * What a serial console tells of cloud-init, oldest run first. Written against what cloud-init 20 to 25 prints
 * (cloudinit/cmd/main.py, cc_final_message.py, loggers, systemd's status lines) and the starter image. Pure.
 */
export function consoleRuns(log: string): ConsoleRun[] {
  const runs: ConsoleRun[] = [];
  let current: ConsoleRun | undefined;
  let traceback = false;
  /** What a command of the run printed last: mostly why it failed. */
  let printed = '';
  const run = (): ConsoleRun => {
    if (!current || current.finished) {
      current = { finished: false, problems: [] };
      runs.push(current);
    }
    return current;
  };
  for (const raw of log.replaceAll(escapes, '').split(/\r\n|\n|\r/)) {
    const line = raw.trimEnd();
    const starts = running.exec(line);
    if (starts) {
      const [, who = '', version = '', stage = '', date = ''] = starts;
      if (stage === 'init-local' || who !== 'Cloud-init') {
        current = { finished: false, problems: [], ...at('startedAt', date) };
        runs.push(current);
      }
      run().by = name(who, version);
      continue;
    }
    const ends = finished.exec(line);
    if (ends) {
      const [, who = '', version = '', date = '', source = '', up = ''] = ends;
      const ended = run();
      Object.assign(ended, { finished: true, by: name(who, version), seconds: Number(up), ...at('endedAt', date) });
      if (/DataSourceNone/.test(source))
        ended.problems.push({ severity: 'error', part: 'datasource', text: 'No cloud-init data was found (DataSourceNone).' }); // prettier-ignore
      continue;
    }
    if (target.test(line) && current && !current.finished) {
      current.finished = true;
      continue;
    }
    const problem = problemOf(line);
    if (problem) {
      if (problem.severity === 'error' && printed && /^(Failed to run module|Running module)/.test(problem.text)) problem.text += `: ${printed}`; // prettier-ignore
      printed = '';
      // What comes after the end (a login's own errors) is not of cloud-init.
      if (current && !current.finished) add(current, problem);
      else if (!current && /cloud|cc_|hearth-starter/i.test(line)) add(run(), problem);
    } else if (logged.test(line)) continue;
    else if (/Traceback \(most recent call last\)/.test(line) && current && !current.finished) traceback = true;
    else if (traceback && /^[\w.]*(Error|Exception|Interrupt)\b.*/.test(bare(line))) {
      traceback = false;
      if (current && !current.finished) add(current, { severity: 'error', text: bare(line) });
    } else printed = /\bcloud-init\[\d+\]: (.+)$/.exec(line)?.[1]?.slice(0, 300) ?? printed;
  }
  return runs;
}

const name = (who: string, version: string): string =>
  who === 'Cloud-init' ? `cloud-init ${version.replace(/-.*$/, '')}` : 'Hearth starter';
function at<K extends string>(key: K, date: string): Partial<Record<K, number>> {
  const time = Date.parse(date);
  return Number.isNaN(time) ? {} : ({ [key]: time } as Partial<Record<K, number>>);
}
/** Without the kernel's time stamp and the unit's name before it. */
const bare = (line: string): string => line.replace(/^\[\s*[\d.]+\]\s*/, '').replace(/^[\w-]+\[\d+\]: /, '').trim(); // prettier-ignore

function add(run: ConsoleRun, problem: FirstBootProblem): void {
  if (run.problems.some(({ text }) => text === problem.text)) return;
  // Said a second time, of the module as a whole.
  if (problem.text.startsWith('Running module') && run.problems.some(({ severity, part }) => severity === 'error' && part === problem.part)) return; // prettier-ignore
  if (run.problems.length < most) run.problems.push(problem);
}

/** Modules whose warning means that what was asked for did not happen. */
const grave =
  /\b(fail(ed|ure|s)?|could not|cannot|unable|not possible|not absolute|not permitted|invalid|error|no #cloud-config|not understood:|unhandled|exit code)\b/i;

function problemOf(line: string): FirstBootProblem | undefined {
  const stopped = unit.exec(line);
  if (stopped) return { severity: 'error', part: 'systemd', text: `Failed to start ${(stopped[1] ?? '').trim()}` };
  const match = logged.exec(line);
  if (!match) return undefined;
  const [, logger = '', level = '', text = ''] = match;
  // Of how a text is written, not of what came of it; the form itself writes `user` so, for every reader there is.
  if (text.startsWith('DEPRECATED:')) return undefined;
  if (!/\.py$|^hearth-starter$|^cloud-?init/i.test(logger)) return undefined;
  if (/^(Getting data from|Used fallback datasource)/.test(text))
    return { severity: 'error', part: 'datasource', text };
  const part = partOf(logger, text);
  return { severity: level !== 'WARNING' || grave.test(text) ? 'error' : 'warning', ...(part && { part }), text: text.replace(/ \(<module '.*?>\)/, '').slice(0, 400) }; // prettier-ignore
}

/** The key of cloud-config that a line is about. */
function partOf(logger: string, text: string): string | undefined {
  const scripts = /runcmd|scripts[_-]user|part-\d+/.exec(text);
  if (scripts) return 'runcmd';
  const quoted = /^"([a-z_]+)"|^(write_files|network-config|user-data)\b/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2];
  const module = /(?:module|Running module) ([\w-]+)/.exec(text)?.[1] ?? /^cc_(\w+)\.py$/.exec(logger)?.[1];
  if (module === undefined) return logger === 'schema.py' ? 'schema' : undefined;
  const known: Record<string, string> = {
    package_update_upgrade_install: 'packages',
    scripts_user: 'runcmd',
    set_passwords: 'passwords',
    users_groups: 'users',
  };
  return known[module.replaceAll('-', '_')] ?? module.replaceAll('-', '_');
}
