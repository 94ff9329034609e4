import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import { labFileLimit } from '../../../../main/contract/labs/file.ts';
import { errors, errorsOf, labText, step } from './lab.ts';

/** Milliseconds of this process: others may be busy. */
const cpu = (): number => process.cpuUsage().user / 1000;
const check = (id: string, probe: object): object => ({ id, title: 'It is so', message: 'It is not.', ...probe });
const checks = (...all: object[]): { steps: object[] } => ({ steps: [step({ checks: all, solution: [{ wait: { time: '1s' } }] })] }); // prettier-ignore

test('a file that is right has no findings, nor has the template', async () => {
  expect(await readLab(labText())).toMatchObject({ findings: [], lab: { metadata: { name: 'small' } } });
  const template = readFileSync(join(import.meta.dirname, '../../../../assets/labs/template.yaml'), 'utf8');
  expect((await readLab(template.replace('name: NAME', 'name: mine'))).findings).toEqual([]);
});

describe('shape', () => {
  test('every error has its line, column and path', async () => {
    const text = labText({ machines: [{ name: 'web', image: 'starter', memory: 'lots', colour: 'red' }] });
    const { findings } = await readLab(text);
    const lines = text.split('\n');
    const at = (word: string): number => lines.findIndex((line) => line.includes(word)) + 1;
    expect(findings).toMatchObject([
      { severity: 'error', path: 'machines.0.memory', line: at('memory: lots'), column: 5 },
      { severity: 'error', path: 'machines.0.colour', line: at('colour'), column: 5, message: '"colour" is not known here.' },
    ]); // prettier-ignore
  });
  test.each([
    ['a missing field', { steps: [{ id: 'one', text: 'x' }] }, 'steps.0.title: "title" is missing.'],
    ['a typo', { steps: [step({ chekcs: [] })] }, 'steps.0.chekcs: "chekcs" is not known here. Is "checks" meant?'],
    ['no step', { steps: [] }, /^steps: /],
    ['two probes', checks(check('a', { tcp: { machine: 'web', port: 80 }, agent: { machine: 'web' } })), /Exactly one of: api/],
    ['no probe', checks(check('a', {})), /Exactly one of: api/],
    ['two actions in one', { steps: [step({ solution: [{ cure: {}, wait: { time: '1s' } }] })] }, /Exactly one of: apply/],
    ['a time without a unit', checks(check('a', { timeout: '10', tcp: { machine: 'web', port: 80 } })), /A time like/],
    ['a name of other letters', { metadata: { name: 'Small Lab', title: 'x', summary: 'x', minutes: 1, level: 'beginner' } }, /^metadata\.name: Lowercase/],
    ['a title of two lines', { steps: [step({ title: 'a\nb' })] }, 'steps.0.title: One line of text.'],
    ['an image without its digest', { images: [{ name: 'starter', url: 'https://example.com/a.img' }] }, /needs its sha256/],
    ['a count that is a word', checks(check('a', { api: { kind: 'Pod', count: 'many' } })), /^steps\.0\.checks\.0\.api\.count: It has to be number or object\.$/],
  ])('%s', async (_what, parts, expected) => {
    const found = await errors(parts);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected instanceof RegExp ? expected : new RegExp(`^${expected.replaceAll(/[.?()]/g, String.raw`\$&`)}$`));
  }); // prettier-ignore
  test('a file of a later version says so and nothing else', async () => {
    expect(await errorsOf(labText({ apiVersion: 'labs.hearth.dev/v2', future: true }))).toEqual([
      'apiVersion: The file is written for labs.hearth.dev/v2; this Hearth reads labs.hearth.dev/v1. A newer Hearth may know it.',
    ]);
  });
  test.each([['', /no lab file/], ['[1, 2]', /no lab file/], ['a: [', /./], ['a: 1\na: 2', /"a" stands here twice/], ['--- 1\n--- 2', /document/i], ['\u0000', /./]])('%j is no lab file', async (text, expected) => {
    const { lab, findings } = await readLab(text);
    expect(lab).toBeUndefined();
    expect(findings[0]?.message).toMatch(expected);
    expect(findings[0]?.line).toBeGreaterThan(0);
  }); // prettier-ignore
});

describe('size', () => {
  test('too many bytes are refused before they are read', async () => {
    const began = cpu();
    expect(await errorsOf(`a: "${'x'.repeat(labFileLimit)}"`)).toEqual([expect.stringMatching(/The file has \d+ bytes; a lab file may have 524288/)]); // prettier-ignore
    expect(cpu() - began).toBeLessThan(1000);
  });
  test('aliases that would unfold into billions of values are refused', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[at]}`).join(',')}]`)].join('\n'); // prettier-ignore
    const began = cpu();
    expect(await errorsOf(bomb)).toEqual([expect.stringMatching(/alias/i)]);
    expect(cpu() - began).toBeLessThan(5000);
  });
  test('brackets without end are refused', async () => {
    expect((await errorsOf('['.repeat(20_000))).length).toBeLessThanOrEqual(100);
    expect(await errorsOf(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).toEqual([
      ': The file is nested too deeply.',
    ]);
  });
  test('ten thousand keys are compared in a moment', async () => {
    const began = cpu();
    await errorsOf(Array.from({ length: 10_000 }, (_each, at) => `a${at}: 1`).join('\n'));
    expect(cpu() - began).toBeLessThan(5000);
  });
  test('a text that is too long is refused with its place', async () => {
    expect(await errors({ steps: [step({ text: 'x'.repeat(20_001) })] })).toEqual([expect.stringMatching(/^steps\.0\.text: /)]); // prettier-ignore
  });
  test('keys that are no fields do no harm', async () => {
    const { lab, findings } = await readLab(`${labText()}__proto__: { polluted: true }\nconstructor: 1\n`);
    expect(lab).toBeUndefined();
    expect(findings.length).toBeGreaterThan(0);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('names', () => {
  const web = { name: 'web', image: 'starter' };
  test.each([
    ['machines', { machines: [web, web] }, 'machines.1.name: There is a machine "web" already.'],
    ['images', { images: [{ name: 'starter', use: 'a' }, { name: 'starter', use: 'b' }] }, 'images.1.name: There is an image "starter" already.'],
    ['networks', { networks: [{ name: 'blue' }, { name: 'blue' }] }, 'networks.1.name: There is a network "blue" already.'],
    ['steps', { steps: [step(), step()] }, 'steps.1.id: There is a step "one" already.'],
    ['checks', checks(check('a', { agent: { machine: 'web' } }), check('a', { agent: { machine: 'web' } })), 'steps.0.checks.1.id: There is a check "a" already.'],
    ['blocks', { steps: [step({ text: '{{do:a}}', blocks: [1, 2].map(() => ({ id: 'a', title: 'Do', actions: [{ cure: {} }] })) })] }, 'steps.0.blocks.1.id: There is a block "a" already.'],
    ['objects', { objects: [1, 2].map(() => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })) }, 'objects.1.metadata.name: ConfigMap a is made by another object of the file already.'],
    ['objects and machines', { objects: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web-tcp-80' }, spec: { selector: { a: 'b' } } }] }, 'objects.0.metadata.name: Service web-tcp-80 is made by the machine web already.'],
  ])('two %s of one name', async (_what, parts, expected) => {
    expect(await errors(parts)).toEqual([expected]);
  }); // prettier-ignore
});

describe('references', () => {
  const machine = (parts: object): { machines: object[] } => ({ machines: [{ name: 'web', image: 'starter', ...parts }] }); // prettier-ignore
  test.each([
    ['an image', machine({ image: 'debian' }), 'machines.0.image: There is no image "debian" in the file.'],
    ['a network', machine({ networks: ['green'] }), 'machines.0.networks.0: There is no network "green" in the file.'],
    ['an address elsewhere', machine({ networks: ['blue=10.8.0.1'] }), 'machines.0.networks.0: 10.8.0.1 is no address of 10.9.0.0/24.'],
    ['the address of the network', machine({ networks: ['blue=10.9.0.0'] }), 'machines.0.networks.0: 10.9.0.0 is no address of 10.9.0.0/24.'],
    ['a forward without pod', machine({ networks: ['blue'], forwards: [80] }), 'machines.0.forwards: Ports can be forwarded to machines on "pod" only.'],
    ['the machine of a check', checks(check('a', { agent: { machine: 'db' } })), 'steps.0.checks.0.agent.machine: There is no machine "db" in the file.'],
    ['where a ping begins', checks(check('a', { ping: { from: 'db', to: 'web' } })), 'steps.0.checks.0.ping.from: There is no machine "db" in the file.'],
    ['neither machine nor service', checks(check('a', { tcp: { port: 80 } })), 'steps.0.checks.0.tcp: Exactly one of: machine, service.'],
    ['the machine of an action', { steps: [step({ before: [{ power: { machine: 'db', action: 'start' } }] })] }, 'steps.0.before.0.power.machine: There is no machine "db" in the file.'],
    ['the network of a move', { steps: [step({ solution: [{ move: { machine: 'web', interface: 'default', network: 'green' } }] })] }, 'steps.0.solution.0.move.network: There is no network "green" in the file.'],
    ['a machine to type into', { steps: [step({ text: 'Do:\n\n```type machine=db\nls\n```\n' })] }, 'steps.0.text: There is no machine "db" in the file to type into.'],
    ['a variable', { steps: [step({ text: 'At {{web.address.green}}.' })] }, 'steps.0.text: There is no variable {{web.address.green}}. To write it as it is, put a backslash before it.'],
    ['a port that is not forwarded', { steps: [step({ text: '{{web.port.22}}' })] }, 'steps.0.text: There is no variable {{web.port.22}}. To write it as it is, put a backslash before it.'],
    ['a block', { steps: [step({ text: '{{do:it}}' })] }, 'steps.0.text: This step has no block "it".'],
    ['a block elsewhere', { steps: [step({ hints: ['{{do:it}}'] })] }, 'steps.0.hints.0: {{do:it}} belongs into the text of a step.'],
    ['an address too early', machine({ userData: '#cloud-config\n# {{web.address}}\n' }), 'machines.0.userData: {{web.address}} is known only once the lab runs, and this is made before.'],
    ['a variable of Hearth', { variables: { namespace: 'kube-system' } }, 'variables.namespace: "namespace" is a variable of Hearth\'s own.'],
  ])('%s', async (_what, parts, expected) => {
    expect(await errors(parts)).toEqual([expected]);
  }); // prettier-ignore
  test('what is there, escaped, or a template of something else is fine', async () => {
    const text = String.raw`{{web.address}} {{ web.user }} {{web.url.80}} {{lab}} {{namespace}} \{{web.nothing}} {{.metadata.name}} {{range .items}} {{image.starter.name}}`;
    expect(await errors({ variables: { own: 'x' }, steps: [step({ text: `${text} {{own}}` })] })).toEqual([]);
  });
});

describe('expressions', () => {
  const matches = (expression: string) =>
    errors(checks(check('a', { serial: { machine: 'web', matches: expression } })));
  test.each([['(a)\\1', 'back references'], ['(?=a)', 'looking ahead'], ['(?<!a)b', 'looking back'], ['((a{100}){100}){100}', 'repeats of repeats'], ['[', 'no expression']])('%s is refused: %s', async (expression) => {
    expect(await matches(expression)).toEqual([expect.stringMatching(/^steps\.0\.checks\.0\.serial\.matches: /)]);
  }); // prettier-ignore
  test('one that hangs other programs is matched in linear time', async () => {
    const { compilePattern } = await import('../../../../main/backend/labs/pattern.ts');
    expect(await matches('^(a+)+$')).toEqual([]);
    const began = cpu();
    expect((await compilePattern('^(a+)+$')).in(`${'a'.repeat(200_000)}!`)).toBe(false);
    expect(cpu() - began).toBeLessThan(3000);
  });
});

describe('texts', () => {
  test('HTML, remote pictures and links that run something are told, and do not come through', async () => {
    const text =
      'A <script>alert(1)</script> ![x](https://evil.example/a.png) [y](javascript:alert(1)) <https://example.com> `<b>` fine';
    const { findings, lab } = await readLab(labText({ steps: [step({ text })] }));
    expect(lab).toBeDefined();
    expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual(['warning An image is not shown.', 'warning A link to javascript:alert(1 is not shown.', 'warning HTML is not shown.']); // prettier-ignore
    const { cleanMarkdown } = await import('../../../../main/backend/labs/markdown.ts');
    expect(cleanMarkdown(text).text).toBe('A &lt;script>alert(1)&lt;/script> x y) <https://example.com> `<b>` fine');
    expect(cleanMarkdown('```html\n<b>\n```\n<b>').text).toBe('```html\n<b>\n```\n&lt;b>');
    expect(cleanMarkdown('[a]: javascript:x\n<img src=x onerror=y>').text).toBe('\n&lt;img src=x onerror=y>');
  });
});

describe('images', () => {
  const from = (url: string) => ({ images: [{ name: 'starter', url, sha256: 'a'.repeat(64) }] });
  test.each(['http://127.0.0.1/a', 'http://192.168.1.1/a', 'http://10.0.0.1/a', 'http://[::1]/a', 'http://[fe80::1]/a', 'http://169.254.169.254/a', 'http://localhost/a', 'http://nas.local/a', 'http://router/a', 'http://0x7f.1/a', 'http://2130706433/a'])('%s is not on the internet', async (url) => {
    expect(await errors(from(url))).toEqual([expect.stringMatching(/^images\.0\.url: .* is not on the public internet/)]);
    expect(await errors(from(url), { own: true })).toEqual([]);
  }); // prettier-ignore
  test('others are taken, without a password in them', async () => {
    expect(await errors(from('https://cloud.example.org/a.qcow2'))).toEqual([]);
    expect(await errors(from('https://me:secret@example.org/a'))).toEqual([expect.stringMatching(/a user or a password/)]); // prettier-ignore
  });
});
