/** A page of the help: docs/guides/NAME.md, or docs/NAME.md where one looks things up. Guides are in English. */
export interface Guide {
  readonly name: string;
  /** Its heading, word for word. */
  readonly title: string;
  readonly about: string;
  readonly group: 'guides' | 'reference';
}
const guide = (name: string, title: string, about: string): Guide => ({ name, title, about, group: 'guides' });
const reference = (name: string, title: string, about: string): Guide => ({ name, title, about, group: 'reference' });

/** All of them, in the order in which one would read them. */
export const guides: readonly Guide[] = [
  guide('first-vm', 'Your first virtual machine', 'From the first start to a login prompt, in the window and in the terminal.'),
  guide('machines', 'Working with machines', 'Consoles, snapshots, hardware, disks, networks, templates, breaking things on purpose.'),
  guide('images', 'Images and import', 'Where systems come from; machines of VMware, VirtualBox and OVA files; whole machines as one file.'),
  guide('class-and-demo', 'Labs, classes and demonstrations', 'Take a lab, hold a class, let a lab play itself, record a screen.'),
  guide('labs', 'Labs: how to write one', 'One file with machines, steps and checks; how to test it and give it away.'),
  guide('appliance', 'The appliance', 'k3s, KubeVirt and CDI on a computer: install, look after, take away again.'),
  guide('box', 'A box', 'A spare computer for machines, made with a USB stick.'),
  guide('computers', 'Several computers', 'Quick lab, appliances, boxes and other clusters side by side; which one for what.'),
  guide('upkeep', 'Looking after Hearth', 'Activity, settings, notifications, where everything is kept, support bundles.'),
  guide('backup', 'Backup and restore', 'What to copy so that nothing is lost, and how to get it back.'),
  guide('troubleshooting', 'Troubleshooting', 'From what you see to its cause and what to do about it.'),
  guide('uninstall', 'Remove Hearth', 'Every file, service and change that Hearth makes, and how to take it away.'),
  reference('cli', 'Commands', 'What every hearth command takes and prints.'),
  reference('problems', 'Messages', 'Every message of Hearth by its code: what it means, what to do.'),
  reference('security', 'Security', 'What is trusted and defended; who may do what over the network.'),
  reference('root-helper', 'The root helper', 'Everything of the appliance that runs as root.'),
  reference('box-image', 'The image of a box', 'How it is built, and how it starts.'),
  reference('box-agent', 'The agent of a box', 'What runs as root on a box, and what it may be asked.'),
  reference('window', 'The desktop window', 'What the window may do, and what others scan it for.'),
  reference('release', 'Packages, updates, releases', 'What is packed, how updates come and are taken back.'),
  reference('features', 'What works, and how it was shown', '96 things a home lab should do: how far each is, and the tests that show it.'),
  reference('architecture', 'Architecture', 'How Hearth is cut, and why.'),
]; // prettier-ignore

/** The route of a guide, or of a part of it: what GitHub calls its heading in a link. */
export const helpRoute = (name: string, part?: string): string =>
  part === undefined || part === '' ? `/help/${name}` : `/help/${name}/${part}`;

/** The guide that helps on a page; the first one that fits. */
const pages: readonly (readonly [path: RegExp, name: string, part?: string])[] = [
  [/^\/(setup)?$/, 'first-vm'],
  [/^\/setup\//, 'computers'],
  [/^\/setup-box/, 'box', 'the-wizard'],
  [/^\/this-box/, 'box', 'live-with-it'],
  [/^\/console\//, 'machines', 'screen-and-serial-console'],
  [/^\/machines\/new$/, 'first-vm', 'make-another-one'],
  [/^\/machines\/import$/, 'images', 'a-whole-machine-as-one-file'],
  [/^\/machines\/other$/, 'images', 'machines-of-other-programs'],
  [/^\/consoles/, 'machines', 'screen-and-serial-console'],
  [/^\/machines\/wall$/, 'machines', 'screen-and-serial-console'],
  [/^\/machines\/[^/]+\/[^/]+\/console$/, 'machines', 'screen-and-serial-console'],
  [/^\/machines\/[^/]+\/[^/]+\/snapshots$/, 'machines', 'snapshots-and-clones'],
  [/^\/machines\/[^/]+\/[^/]+\/hardware$/, 'machines', 'hardware'],
  [/^\/machines\/[^/]+\/[^/]+\/disks$/, 'machines', 'disks'],
  [/^\/machines\/[^/]+\/[^/]+\/network$/, 'machines', 'networks'],
  [/^\/machines\/[^/]+\/[^/]+\/guest$/, 'machines', 'inside-the-guest'],
  [/^\/machines\/[^/]+\/[^/]+\/yaml$/, 'machines', 'templates-types-and-manifests'],
  [/^\/machines\/[^/]+\/[^/]+\/faults$/, 'machines', 'break-it'],
  [/^\/machines/, 'machines'],
  [/^\/containers/, 'machines', 'containers-beside-machines'],
  [/^\/images/, 'images'],
  [/^\/backups/, 'backup', 'machines-to-a-nas-a-disk-or-s3'],
  [/^\/storage\/bin/, 'machines', 'deleted-by-mistake'],
  [/^\/storage/, 'machines', 'disks'],
  [/^\/networks/, 'machines', 'networks'],
  [/^\/(templates|manifests)/, 'machines', 'templates-types-and-manifests'],
  [/^\/labs\/-\/class/, 'class-and-demo', 'hold-a-class'],
  [/^\/labs\/(-\/new|[^/]+\/file)$/, 'labs'],
  [/^\/labs/, 'class-and-demo'],
  [/^\/recordings/, 'class-and-demo', 'record-a-screen'],
  [/^\/appliance/, 'appliance'],
  [/^\/targets/, 'computers'],
  [/^\/boxes\/stick/, 'box', 'make-a-stick'],
  [/^\/boxes\/./, 'box', 'live-with-it'],
  [/^\/boxes/, 'box'],
  [/^\/activity/, 'upkeep', 'activity'],
  [/^\/settings\/people/, 'security', 'on-the-lan'],
  [/^\/settings/, 'upkeep', 'settings'],
];

/** Where the page at a route finds its help; undefined on the pages of the help themselves and where there is no page. */
export function helpOf(path: string): string | undefined {
  const found = pages.find(([pattern]) => pattern.test(path));
  return found && helpRoute(found[1], found[2]);
}
