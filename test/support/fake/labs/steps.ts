import type { LabCheckState, LabStepState } from '../../../../main/contract/labs/run.ts';

const check = (id: string, title: string, message: string, more: Partial<LabCheckState> = {}): LabCheckState => ({
  id,
  title,
  message,
  state: 'waiting',
  ...more,
});
const step = (id: string, title: string, text: string, more: Partial<LabStepState> = {}): LabStepState => ({
  id,
  title,
  state: 'closed',
  text,
  blocks: [],
  hints: [],
  hintsLeft: 0,
  checks: [],
  score: 10,
  ...more,
});

export const firstSteps: LabStepState[] = [
  step('look', 'Look at it', `The machine **web** has started at \`10.0.2.15\`. Its console is at the right.

Log in as \`hearth\` with the password \`hearth\`, and look around:

\`\`\`type machine=web
uname -a
\`\`\``, { hintsLeft: 1, checks: [check('booted', 'web has started', 'It takes some seconds.'), check('login', 'You are logged in', 'The console asks for a name: `hearth`.')] }),
  step('serve', 'Serve a page', `A web server runs already. Change what it says:

1. Go to its folder, \`/var/www\`.
2. Write a file there:

\`\`\`sh type machine=web
cd /var/www
echo '<h1>Hello from a VM</h1>' > index.html
\`\`\`

Then look at it at [this address](http://127.0.0.1:30080/) of your computer, or read
[how services work](https://kubernetes.io/docs/concepts/services-networking/service/). The machine is on
[its own page](#/machines/lab-first-vm/web), too.

| port | of the machine | of this computer |
| ---- | -------------- | ---------------- |
| web  | 80             | 30080            |

> Nothing of this can break anything outside the lab.

{{do:write-page}}

Or only {{do:restart}} the server. If you like to see it first:

{{do:show-page}}

### What is behind it

- [x] a Service
- [ ] a load balancer: that is in a later lab
  - with two machines behind it`, {
    blocks: [
      { id: 'write-page', title: 'Write the page', kind: 'do', lines: ["echo '<h1>Hello from a VM</h1>' > /var/www/index.html"] },
      { id: 'restart', title: 'Restart', kind: 'do', lines: ['killall httpd', 'httpd -h /var/www'] },
      { id: 'show-page', title: 'Show me the commands', kind: 'show', lines: ["echo '<h1>Hello from a VM</h1>' > /var/www/index.html", 'wget -qO- http://127.0.0.1/'] },
      { id: 'loose', title: 'Look at the page', kind: 'do', lines: [] },
    ],
    hintsLeft: 3,
    checks: [
      check('answers', 'web answers on port 80', 'Is the server running? Look with `ps`.'),
      check('says', 'Its page says Hello', 'The page is `/var/www/index.html`. Write **Hello** into it.'),
    ],
  }),
  step('off', 'Switch it off and on', `Switch the machine off, as its own page or \`poweroff\` does, and on again.`, { hintsLeft: 2, checks: [check('back', 'web was off and is on again', 'Its uptime tells.')] }),
  step('done', 'What you have seen', `A machine is an object: you can look at it with \`kubectl get vm -n lab-first-vm\`.`, { score: 0 }),
]; // prettier-ignore

export const networkSteps: LabStepState[] = [
  step('meet', 'Meet the machines', 'Three machines: **left**, **right** and **router**.', { checks: [check('up', 'All three run', 'One of them is off.')] }),
  ...['Addresses', 'Routes', 'Name service', 'Move it', 'Break it'].map((title, n) =>
    step(`step-${n + 2}`, title, `Do it on **left**:\n\n\`\`\`type machine=left\nip route add 10.9.${n}.0/24 via 10.9.0.1\n\`\`\``, { hintsLeft: 2, checks: [check('ping', 'left reaches right', 'Does the router forward? `sysctl net.ipv4.ip_forward` says.')] }),
  ),
]; // prettier-ignore

const longWord = 'incomprehensibilities'.repeat(6);
export const longSteps: LabStepState[] = Array.from({ length: 14 }, (_, n) =>
  step(`step-${n + 1}`, n % 2 === 0 ? `Step with a title that is far longer than anybody would like, ${longWord}` : `Short ${n}`, `A very long word: ${longWord}\n\n\`\`\`type machine=nobody\n${'echo long; '.repeat(40)}\n\`\`\`\n\n| a | b | c |\n|---|---|---|\n| ${longWord} | ${longWord} | ${longWord} |`, {
    hintsLeft: 1,
    checks: [check('long', `A check with ${longWord} in it`, `A message with ${longWord} in it`)],
  }),
); // prettier-ignore
