// Pictures of routes in both themes and two window sizes, and axe on each:
//   node main/launch/node.mjs test/support/screenshots.ts BASE_URL OUT_DIR 'machines=10 /machines' '/settings' …
// An argument is [query ]route, and what is done there before the picture: ' > click Install > fill Computer=box.lan >
// open More > scroll 400 > wait 500'. click takes a button, link, tab, radio or option by its name (the beginning is enough). Prints every axe finding, console error and CSP report; exit code 1 when there is one.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';

const sizes = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];
const themes = ['dark', 'light'] as const;

interface AxeResult {
  violations: { id: string; impact: string; help: string; nodes: { target: string[]; failureSummary: string }[] }[];
}

/**
 * What axe finds on the page as it is; without the guards around an open menu or dialog, which the keyboard reaches, as they
 * are there to hand it on, and readers do not. `rules`: these alone.
 */
export async function axe(page: Page, rules?: string[]): Promise<string[]> {
  const source = await readFile(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  // Browsers do not force this one where colours are forced, though they draw with `color` then; axe asks it first.
  await page.evaluate(() => {
    const asked = Object.getOwnPropertyDescriptor(CSSStyleDeclaration.prototype, 'getPropertyValue')?.value as (
      this: CSSStyleDeclaration,
      name: string,
    ) => string;
    CSSStyleDeclaration.prototype.getPropertyValue = function getPropertyValue(name) {
      return asked.call(this, name === '-webkit-text-fill-color' ? 'color' : name);
    };
  });
  const result = await page.evaluate(
    (values) =>
      (globalThis as unknown as { axe: { run: (context: object, options: object) => Promise<AxeResult> } }).axe.run(
        { exclude: [['[data-base-ui-focus-guard]']] },
        values === undefined ? {} : { runOnly: { type: 'rule', values } },
      ),
    rules,
  );
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      (node) =>
        `${id}: ${help} at ${node.target.join(' ')} (${node.failureSummary.split('\n').slice(1, 3).join(' ').trim()})`,
    ),
  );
}

/** One thing done on the page. Throws when what it names is not there within 20 s. */
async function act(page: Page, step: string): Promise<void> {
  const [verb = '', ...words] = step.split(' ');
  const rest = words.join(' ');
  const named = new RegExp(`^${rest.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
  if (verb === 'wait') return page.waitForTimeout(Number(rest));
  if (verb === 'open') return page.locator('summary', { hasText: rest }).filter({ visible: true }).first().click();
  if (verb === 'text') return page.getByText(rest).filter({ visible: true }).first().waitFor({ timeout: 60_000 });
  if (verb === 'scroll') {
    await page.mouse.move(500, 400);
    return page.mouse.wheel(0, Number(rest));
  }
  if (verb === 'fill') {
    const [label = '', value = ''] = rest.split('=');
    return page.getByLabel(label, { exact: true }).fill(value.replaceAll('\\n', '\n'));
  }
  if (verb === 'radio') return page.getByRole('radio', { name: named }).check({ force: true, timeout: 20_000 });
  if (verb !== 'click') throw new Error(`Unknown step: ${step}`);
  const roles = (['button', 'link', 'tab', 'menuitem', 'menuitemradio', 'checkbox'] as const).map((role) =>
    page.getByRole(role, { name: named }),
  );
  const [first, ...others] = roles;
  if (!first) throw new Error('No role.');
  const any = others.reduce((all, each) => all.or(each), first);
  return any.filter({ visible: true }).first().click({ timeout: 20_000 });
}

async function shoot(base: string, out: string, routes: string[]): Promise<number> {
  await mkdir(out, { recursive: true });
  const browser = await launchBrowser();
  const findings = new Set<string>();
  try {
    for (const theme of themes)
      for (const viewport of sizes) {
        const context = await browser.newContext({ viewport, colorScheme: theme, bypassCSP: false });
        for (const argument of routes) {
          const [address = '', ...steps] = argument.split(' > ');
          const [route = '/', query = ''] = address.split(' ').toReversed();
          const page = await context.newPage();
          page.on('console', (message) => message.type() === 'error' && findings.add(`${argument}: ${message.text()}`));
          page.on('pageerror', (error) => findings.add(`${argument}: ${error.message}`));
          await page.goto(`${base}?${query}#${route}`, { waitUntil: 'networkidle' });
          await page.waitForTimeout(700);
          for (const step of steps) await act(page, step);
          if (steps.length > 0) await page.waitForTimeout(500);
          const name = `${
            argument
              .slice(0, 180)
              .replace(/[^a-z0-9]+/gi, '-')
              .replace(/^-|-$/g, '') || 'home'
          }-${theme}-${viewport.width}.png`;
          await page.screenshot({ path: join(out, name) });
          for (const finding of await axe(page)) findings.add(`${argument} (${theme} ${viewport.width}): ${finding}`);
          await page.close();
        }
        await context.close();
      }
  } finally {
    await browser.close();
  }
  for (const finding of findings) console.log(finding);
  console.log(`${routes.length * sizes.length * themes.length} pictures in ${out}, ${findings.size} findings`);
  return findings.size;
}

if (process.argv[1] === import.meta.filename) {
  const [base, out, ...routes] = process.argv.slice(2);
  if (!base || !out) throw new Error('Usage: screenshots.ts BASE_URL OUT_DIR ROUTE…');
  process.exitCode = (await shoot(base, out, routes.length > 0 ? routes : ['/'])) > 0 ? 1 : 0;
}
