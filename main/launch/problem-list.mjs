// The page docs/problems.md: every message that stands in the sources with a code of its own, by where it comes from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { failures } from '../../provisioning/failures/recognise.ts';
import { root } from './node.mjs';

/** Sources -> the heading of their messages; the first that fits. */
const areas = [
  [/^main\/backend\/(boxes\/sticks|stick)|^main\/stick-helper/, 'USB sticks'],
  [/^main\/(backend\/(boxes|own-box)|box|cli\/box)|contract\/box/, 'Boxes'],
  [/^main\/backend\/(labs|faults)|cli\/lab/, 'Labs'],
  [/^main\/backend\/classroom|cli\/class/, 'Classes'],
  [/^main\/backend\/(recordings|consoles|screen-text)/, 'Consoles and recordings'],
  [/^main\/backend\/(provision|places)|^provisioning|cli\/appliance/, 'Appliance'],
  [/^main\/backend\/(targets?|ssh)\b/, 'Targets and connections'],
  [/^main\/backend\/(images|carrier|access)/, 'Images, uploads and sign-in'],
  [/^main\/backend\/(networks|storage|devices|bin)/, 'Networks, disks and devices'],
  [
    /^main\/(embedded|backend\/(machines|hardware|snapshots|clones|transfer|migrations|templates|manifests|cloud-init|form|foreign|organise|why|metrics))/,
    'Machines',
  ],
  [/./, 'Hearth itself'],
];

/** Every message: where it stands, its code, title and words. What is filled in later is "…". */
export function listProblems() {
  const files = ['main', 'provisioning', 'renderer'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file).replaceAll('\\', '/'))
      .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('main/launch/')),
  );
  return files.toSorted().flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    if (!/\bcode:/.test(text)) return [];
    const found = [];
    walk(parseSync(file, text).program, (node) => {
      if (node.type !== 'ObjectExpression') return;
      const part = (name) => node.properties.find((each) => each.type === 'Property' && (each.key.name ?? each.key.value) === name)?.value; // prettier-ignore
      const titles = textsOf(part('title'));
      for (const code of textsOf(part('code')))
        if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(code) && titles.length > 0)
          found.push({ file, code, title: titles.join(' / '), words: Object.fromEntries(['detail', 'cause', 'fix'].map((name) => [name, textsOf(part(name)).join(' / ')])) }); // prettier-ignore
    });
    return found;
  });
}

function walk(node, visit) {
  visit(node);
  for (const value of Object.values(node))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== null && typeof each === 'object' && typeof each.type === 'string') walk(each, visit);
}

/** What an expression can say: both sides of a choice, "…" for what is only known later. */
function textsOf(node) {
  switch (node?.type) {
    case undefined:
      return [];
    case 'Literal':
      return typeof node.value === 'string' ? [node.value] : [];
    case 'TemplateLiteral':
      return [node.quasis.map(({ value }) => value.cooked).join('…')];
    case 'ConditionalExpression':
      return [...textsOf(node.consequent), ...textsOf(node.alternate)];
    case 'TSAsExpression':
    case 'ParenthesizedExpression':
      return textsOf(node.expression);
    default:
      return ['…'];
  }
}

const cell = (text) =>
  (text === '…' ? '' : text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll(/[<>*_[\]]/g, '\\$&')
    .trim();

/** The whole page, of all messages. */
export function problemPage(all = listProblems()) {
  const seen = new Set();
  const areaOf = ({ file }) => areas.find(([pattern]) => pattern.test(file))[1];
  const keyOf = (each) => `${each.code} ${each.title} ${areaOf(each)}`;
  const problems = all.filter((each) => each.title !== '…' && !seen.has(keyOf(each)) && seen.add(keyOf(each)));
  const sections = [...new Set(areas.map(([, name]) => name))].map((name) => {
    const own = problems.filter((each) => areaOf(each) === name).toSorted((a, b) => (a.title < b.title ? -1 : 1));
    const rows = own.map(({ code, title, words: { detail, cause, fix } }) => `| ${[cell(title), cell(detail)].filter(Boolean).join(': ')} | ${cell(cause)} | ${cell(fix)} | \`${code}\` |`); // prettier-ignore
    return `## ${name}\n\n| message | likely cause | what to do | code |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const known = failures.map(({ id, title, text, fix }) => `| ${cell(title)}: ${cell(text)} | ${cell(fix)} | \`${id}\` |`); // prettier-ignore
  return `# Messages

When something does not work, Hearth says what happened, the likely cause and what to do; in the window, in the terminal and in
the log with the same code. These are the messages by where they come from; "…" stands for names and numbers of the moment.
[Troubleshooting](guides/troubleshooting.md) begins with what you see instead. This page is made of the program itself by
\`npm run docs:problems\`; do not edit it.

${sections.join('\n')}
## Known troubles of an appliance

Found in the journal, in events and in the logs of k3s, KubeVirt, CDI and kind.

| what it means | what to do | id |
| --- | --- | --- |
${known.join('\n')}
`;
}
