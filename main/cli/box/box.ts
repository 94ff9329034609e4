import { exitText, UsageError } from '../command.ts';
import type { Command } from '../command.ts';

type Run = (args: string[]) => Promise<number>;
const finding = () => import('./find.ts');
const living = () => import('./living.ts');
const here = () => import('./here.ts');

/** Each loaded when it is asked for. */
const subcommands: Record<string, () => Promise<Run>> = {
  list: async () => (await finding()).list,
  look: async () => (await finding()).look,
  scan: async () => (await finding()).scan,
  pair: async () => (await finding()).pair,
  state: async () => (await living()).state,
  health: async () => (await living()).health,
  act: async () => (await living()).any,
  reboot: async () => (await living()).reboot,
  'power-off': async () => (await living()).powerOff,
  update: async () => (await living()).update,
  'roll-back': async () => (await living()).rollBack,
  'reset-preview': async () => (await living()).resetPreview,
  'new-code': async () => (await living()).newCode,
  adopt: async () => (await living()).adopt,
  join: async () => (await living()).join,
  logs: async () => (await living()).logs,
  forget: async () => (await living()).forget,
  wake: async () => (await living()).wake,
  code: async () => (await here()).code,
  'forget-account': async () => (await here()).forgetAccount,
  'new-identity': async () => (await here()).newIdentity,
};

export const boxCommand: Command = {
  usage: `Usage: hearth box list
       hearth box look ADDRESS              what says it is a box there; nothing is believed yet
       hearth box scan                      asks every address of this computer's networks
       hearth box pair ADDRESS [--code 12345678] [--fingerprint SHA256]
                                            without a code: by the secret of a stick written here
       hearth box state BOX [--follow]
       hearth box health BOX
       hearth box reboot|power-off BOX [--anyway]
       hearth box update BOX FILE [--anyway] sends a signed image and restarts into it
       hearth box roll-back BOX
       hearth box reset-preview BOX         what a factory reset would destroy
       hearth box act BOX JSON              any action, e.g. '{"do":"finish-setup"}'
       hearth box new-code BOX              lets another Hearth pair with it
       hearth box adopt BOX                 takes its cluster as a target
       hearth box join BOX TO               makes BOX a node of the cluster of TO
       hearth box logs BOX [--lines N] [--save FILE]
       hearth box wake BOX                  wake-on-LAN
       hearth box forget BOX

At the console of a box itself:
       hearth box code                      the code that pairs an app, or lets the first browser in
       hearth box forget-account            nobody can sign in at its pages any more until there is a new account
       hearth box new-identity --yes        a new key; every app has to pair anew

BOX is the id, its beginning, or the name of a paired box.

  --json          one JSON value a line on stdout
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

A Hearth that runs on the same data does the work; else the command does it by itself.

${exitText}
`,
  async run([name, ...args]) {
    const load = name !== undefined && Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    if (load) return (await load())(args);
    if (name === undefined) throw new UsageError(`say what: ${Object.keys(subcommands).join(', ')}`);
    throw new UsageError(`there is no "box ${name}"`);
  },
};
