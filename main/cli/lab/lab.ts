import { exitText, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { demoLab } from './demo.ts';
import { endLab, runLab } from './run.ts';
import { listLabs } from './list.ts';
import { newLab } from './new.ts';
import { exportLab, importLab } from './packs.ts';
import { solveLab } from './solve.ts';
import { validateLabs } from './validate.ts';

const commands: Record<string, (args: string[]) => Promise<number>> = {
  list: listLabs,
  validate: validateLabs,
  run: runLab,
  demo: demoLab,
  solve: solveLab,
  end: endLab,
  new: newLab,
  export: exportLab,
  import: importLab,
};

export const labCommand: Command = {
  usage: `Usage: hearth lab list [--data-dir DIR]
       hearth lab validate FILE|FOLDER ...
       hearth lab run NAME|FOLDER [--data-dir DIR]
       hearth lab demo NAME|FOLDER [--loop] [--pace N] [--data-dir DIR]
       hearth lab solve NAME|FOLDER [--keep] [--data-dir DIR]
       hearth lab end NAME [--data-dir DIR]
       hearth lab new FOLDER
       hearth lab export NAME|FOLDER [FILE] [--embed-images] [--data-dir DIR]
       hearth lab import FILE [--yes] [--data-dir DIR]

Labs: learn and demonstrate, with steps that check themselves. A FOLDER has a lab.yaml in it.

  list      the library, with what the current target lacks
  validate  everything that is wrong with lab files, as FILE:LINE:COLUMN; nothing is started
  run       start a lab and tell its steps and checks as somebody works; a FOLDER is read again whenever it is saved
  demo      start it and let it play itself with its words, here and in every window; Ctrl+C ends that, and leaves the lab
              --loop    from the beginning again whenever it is over
              --pace N  0.25 to 10; 1 is for people who read along
  solve     start it, solve each step by its script and show that its checks are red before and green after; then end it
              --keep  leave it running
  end       take everything of a lab away
  new       write a lab to begin with
  export    write a lab with its files into one file, NAME.hearthlab, to give away
              --embed-images  images of addresses, too: it works without the internet then
  import    show what a pack or a lab file would make, and keep it in the library; nothing is started
              --yes  without being asked

A Hearth that runs on the same data does the work (and its pages show it); else the command does it by itself.

${exitText} A lab file that is not right, a step that is not solved: 1. A target that cannot run the lab: 3.
`,
  async run([name, ...args]) {
    const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError(name === undefined ? 'say what to do' : `there is no "${name}"`);
    return command(args);
  },
};
