import { addressesOf, bestAddress, inBrackets, isLinkLocal } from '../../../../contract/box/address.ts';
import type { AgentAsk, AgentState } from '../../../../contract/box/agent.ts';
import { qrLines } from './code.ts';
import { diskLines } from './disk-lines.ts';
import type { Choosing } from './disk-lines.ts';
import { bar, cut, plain, wrap } from './text.ts';
import type { Line } from './text.ts';

/** What the box's own Hearth told us to show. */
export type Shown = Omit<Extract<AgentAsk, { do: 'show' }>, 'do'>;
export interface View {
  state: AgentState;
  shown?: Shown;
  choosing: Choosing;
  /** Milliseconds since 1970. */
  now: number;
}

const titles: Record<AgentState['stage'], string> = {
  checking: 'Checking the stick',
  choosing: 'Which disk?',
  countdown: 'Installing soon',
  installing: 'Installing',
  installed: 'Installed',
  trying: 'Trying it live',
  setup: 'Running',
  trouble: 'Something is wrong',
};

/** The whole screen: exactly `rows` lines, none longer than `columns`. Pure. */
export function render(view: View, { columns, rows }: { columns: number; rows: number }): Line[] {
  const { state } = view;
  const qr = fittingCode(view, columns, rows);
  const width = columns - 2 - (qr ? qr.width + 1 : 0);
  const foot = [blank, { text: cut(keysOf(view), columns - 1), tone: 'dim' as const }];
  const head: Line[] = [
    { text: cut(plain(`Hearth  ${state.wishes.hostName}  (${state.image.version})`), columns - 1), tone: 'title' },
  ];
  const space = rows - head.length - foot.length;
  const body = fit(bodyOf(view, width), space).map((line, index) => {
    const left = ` ${cut(line.text, width)}`;
    const right = qr?.lines[index];
    return right === undefined ? { ...line, text: left } : { ...line, text: `${left.padEnd(width + 2)}${right}` };
  });
  return [...head, ...body, ...foot];
}

const blank: Line = { text: '' };

/** Blank lines go first when there are too many. */
function fit(lines: Line[], space: number): Line[] {
  const kept = [...lines];
  for (let at = kept.length - 1; at >= 0 && kept.length > space; at -= 1) if (kept[at]?.text === '') kept.splice(at, 1);
  while (kept.length < space) kept.push(blank);
  return kept.slice(0, space);
}

function bodyOf(view: View, width: number): Line[] {
  const { state, shown, choosing } = view;
  const lines: Line[] = [blank, { text: state.busy ? 'Please wait' : titles[state.stage], tone: 'strong' }];
  const say = (text: string | undefined, tone?: Line['tone'], most?: number): void => {
    if (text) for (const each of wrap(text, width, most)) lines.push(tone ? { text: each, tone } : { text: each });
  };
  say(state.busy?.words ?? state.words);
  if (state.countdown) say(`${state.countdown.secondsLeft} s. Any key stops it.`, 'strong');
  if (state.progress) lines.push({ text: bar(state.progress.fraction, width) });
  if (state.problem) {
    lines.push(blank);
    say(state.problem.title, 'bad');
    say(state.problem.detail, undefined, 5);
    say(state.problem.fix && `What to do: ${state.problem.fix}`);
  }
  if (state.stage === 'choosing' || state.stage === 'countdown')
    lines.push(blank, ...diskLines(state.disks ?? [], choosing, width));
  lines.push(blank, ...addressLines(view, width), ...pairLines(view, width));
  const trial = state.network.trial;
  if (trial) say(`The new network is tried for ${trial.secondsLeft} s more.`, 'strong');
  // Of what is under way both tell, in the same words.
  if (shown?.words && !state.busy) say(shown.words);
  if (shown?.problem) say(shown.problem, 'bad');
  return lines;
}

function addressLines({ state, shown }: View, width: number): Line[] {
  const wide = state.addresses.flatMap((card) => {
    const host = addressesOf(card).find((each) => !isLinkLocal(each));
    return host === undefined ? [] : [{ host, name: card.interface }];
  });
  // With nothing else an app on the same wire still finds it by these.
  const live = wide.length > 0 ? wide : state.addresses.flatMap(({ ipv6 = [], interface: name }) => ipv6.slice(0, 1).map((host) => ({ host, name })));
  if (live.length === 0) {
    const linked = state.addresses.some(({ link }) => link);
    const text = linked ? 'No address yet: the network gave none so far.' : 'No network: plug in a cable.';
    return wrap(text, width).map((each) => ({ text: each }));
  }
  return live.slice(0, 3).flatMap(({ host, name }) => {
    const address = shown && wide.length > 0 ? `https://${inBrackets(host)}:${shown.port}` : host;
    // Of an address nothing may be missing: a long one goes on in the next line.
    const lines = address.length + name.length + 4 <= width ? [`${address}  (${plain(name)})`] : (address.match(new RegExp(`.{1,${Math.max(8, width)}}`, 'g')) ?? []);
    return lines.map((text) => ({ text: cut(text, width), tone: 'strong' as const }));
  });
} // prettier-ignore

function pairLines({ shown, now }: View, width: number): Line[] {
  if (!shown) return [];
  const lines: Line[] = [];
  if (shown.code && shown.code.until > now)
    lines.push({ text: `Code: ${shown.code.digits.slice(0, 4)} ${shown.code.digits.slice(4)}`, tone: 'strong' });
  if (shown.fingerprint) lines.push({ text: cut(`Fingerprint: ${fingerprint(shown.fingerprint)}`, width) });
  const apps = shown.apps.map(plain).join(', ');
  if (apps) lines.push(...wrap(`Paired with: ${apps}`, width, 2).map((text) => ({ text })));
  return lines;
}

/** The first 16 digits in fours: what a person compares. */
const fingerprint = (digits: string): string => (digits.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ');

/** The address with the fingerprint, for a camera; only where it leaves room for the words. */
function fittingCode(
  { state, shown }: View,
  columns: number,
  rows: number,
): { lines: string[]; width: number } | undefined {
  const address = bestAddress(state.addresses);
  if (!shown || address === undefined || state.stage === 'choosing' || state.stage === 'countdown') return undefined;
  const lines = qrLines(`https://${inBrackets(address)}:${shown.port}/#${shown.fingerprint}`);
  const width = lines[0]?.length ?? 0;
  return lines.length <= rows - 3 && columns - width >= 36 ? { lines, width } : undefined;
}

function keysOf({ state, choosing }: View): string {
  if (state.busy) return '';
  switch (state.stage) {
    case 'countdown':
      return ' Any key: stop';
    case 'choosing':
      return choosing.chosen === undefined
        ? ' Number: choose a disk   t: try without installing   p p: power off'
        : ' Enter: erase and install   Esc: back';
    case 'trying':
      return ' i: install after all   p p: power off';
    case 'installed':
      return ' Any key: power off now';
    case 'trouble':
      return ' p p: power off';
    case 'checking':
    case 'installing':
    case 'setup':
      return '';
  }
}
