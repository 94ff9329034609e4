/** Markdown of a stranger as it may be drawn, and what was taken out of it. */
export interface CleanMarkdown {
  text: string;
  /** In words, e.g. "HTML". */
  taken: string[];
}

const fence = /^ {0,3}(`{3,}|~{3,})/;
/** Schemes that a link may have; nothing is loaded by itself. */
const goodLink = /^(https?:\/\/|#)/i;

/**
 * Takes out of Markdown what would run, or would be loaded from somewhere: HTML is shown as the text it is, images are
 * replaced by their words, links go to http(s) only. Code stays as it stands. Pages draw no HTML at all, so this is the
 * first of two walls. Pure.
 */
export function cleanMarkdown(markdown: string): CleanMarkdown {
  const taken: string[] = [];
  let open: string | undefined;
  const lines: string[] = [];
  let prose: string[] = [];
  const flush = (): void => {
    if (prose.length > 0) lines.push(cleanProse(prose.join('\n'), taken));
    prose = [];
  };
  for (const line of markdown.split('\n')) {
    const mark = fence.exec(line)?.[1];
    if (open === undefined && mark === undefined) prose.push(line);
    else {
      flush();
      lines.push(line);
      if (open === undefined) open = mark;
      else if (mark !== undefined && mark[0] === open[0] && mark.length >= open.length && line.trim() === mark) open = undefined; // prettier-ignore
    }
  }
  flush();
  return { text: lines.join('\n'), taken };
}

/** Code spans are left alone: a run of backticks up to the next run of the same length. */
function cleanProse(text: string, taken: string[]): string {
  let clean = '';
  let rest = text;
  for (;;) {
    const start = /`+/.exec(rest);
    if (!start) return clean + cleanWords(rest, taken);
    const [ticks] = start;
    const after = start.index + ticks.length;
    const end = new RegExp(`(?<!\`)${ticks}(?!\`)`).exec(rest.slice(after));
    const close = end ? after + end.index + ticks.length : after;
    clean += cleanWords(rest.slice(0, start.index), taken) + rest.slice(start.index, close);
    rest = rest.slice(close);
  }
}

function cleanWords(text: string, taken: string[]): string {
  const take = (what: string): void => void taken.push(what);
  return text
    .replaceAll(/!\[([^\]]{0,500})\](\([^)]{0,2000}\)|\[[^\]]{0,200}\])?/g, (_all, words: string) => {
      take('An image');
      return words;
    })
    .replaceAll(/\[([^\]]{0,500})\]\(\s*<?([^)\s>]{0,2000})>?[^)]{0,500}\)/g, (all: string, words: string, address: string) => {
      if (goodLink.test(address)) return all;
      take(`A link to ${address.slice(0, 60)}`);
      return words;
    })
    .replaceAll(/^( {0,3}\[[^\]]{1,200}\]:\s*)(\S+)/gm, (all: string, _name: string, address: string) => {
      if (goodLink.test(address)) return all;
      take(`A link to ${address.slice(0, 60)}`);
      return '';
    })
    .replaceAll(/<(?!https?:\/\/[^\s<>]{1,2000}>)(?=[a-z/!?])/gi, () => {
      take('HTML');
      return '&lt;';
    }); // prettier-ignore
}
