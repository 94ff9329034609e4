#!/usr/bin/env node
// Stands in for the `kind` program in tests where there is no container engine: it takes the same commands, prints what
// kind v0.32 prints, and keeps its clusters as files in STAND_IN_FOLDER. STAND_IN_MODE makes it fail or wait.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Asked for its version without the test's environment, it must leave nothing where it was called.
const folder = process.env.STAND_IN_FOLDER ?? mkdtempSync(join(tmpdir(), 'kind-stand-in-'));
const mode = process.env.STAND_IN_MODE ?? '';
const clusters = join(folder, 'clusters');
mkdirSync(clusters, { recursive: true });
const args = process.argv.slice(2);
const after = (name) => args[args.indexOf(name) + 1] ?? '';
appendFileSync(join(folder, 'calls'), `${JSON.stringify(args)}\n`);
const say = (line) => process.stderr.write(`${line}\n`);
const end = (...lines) => {
  for (const line of lines) say(line);
  process.exit(1);
};

const [verb, what] = args;
if (verb === 'version') console.log('kind v0.32.0 go1.26.8 linux/amd64 (stand-in)');
else if (verb === 'get' && what === 'clusters') {
  const all = readdirSync(clusters);
  if (all.length > 0) console.log(all.join('\n'));
  else if (!args.includes('-q')) say('No kind clusters found.');
} else if (verb === 'create') {
  const name = after('--name');
  const config = readFileSync(after('--config'), 'utf8');
  if (!config.includes('kind.x-k8s.io/v1alpha4')) end('ERROR: failed to create cluster: unable to decode config');
  if (existsSync(join(clusters, name)))
    end(`ERROR: failed to create cluster: node(s) already exist for a cluster with the name "${name}"`);
  say(`Creating cluster "${name}" ...`);
  say(' • Ensuring node image (kindest/node:v1.36.1) 🖼  ...');
  if (mode === 'no-image')
    end(' ✗ Ensuring node image (kindest/node:v1.36.1) 🖼', 'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.36.1"');
  say(' ✓ Ensuring node image (kindest/node:v1.36.1) 🖼');
  writeFileSync(join(clusters, name), '');
  say(' • Preparing nodes 📦   ...');
  if (mode === 'hang') {
    writeFileSync(join(folder, 'hanging'), '');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  for (const step of ['Preparing nodes 📦 ', 'Writing configuration 📜', 'Starting control-plane 🕹️', 'Installing CNI 🔌', 'Installing StorageClass 💾', 'Waiting ≤ 5m0s for control-plane = Ready ⏳']) {
    say(` • ${step} ...`);
    say(` ✓ ${step}`);
  }
  writeFileSync(after('--kubeconfig'), 'apiVersion: v1\nkind: Config\ncurrent-context: x\n', { mode: 0o644 });
} else if (verb === 'delete') {
  say(`Deleting cluster "${after('--name')}" ...`);
  rmSync(join(clusters, after('--name')), { force: true });
} else end(`ERROR: unknown command "${verb}"`); // prettier-ignore
