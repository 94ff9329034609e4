/** Where packages put the program that writes one drive, as a file of root's: pkexec then says by a policy of its own what it asks for. */
export const installedStickHelper = '/usr/libexec/hearth/stick-helper';

/** That program: Hearth's own Node with Hearth's own helper, and nothing from outside. `home`: folder of both, absolute. Pure. */
export function stickHelperProgram(home: string): string {
  if (!/^\/[A-Za-z0-9/._-]+$/.test(home)) throw new RangeError(`${home} is no folder of a package`);
  return `#!/bin/sh\nexec ${home}/bin/node ${home}/out/main/stick-helper.js "$@"\n`;
}
