/** One line as k3s logs it (logrus, text). To stderr, from where systemd takes it into the journal. */
export function log(level: 'info' | 'warning' | 'error' | 'fatal', message: string): void {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  process.stderr.write(`time="${time}" level=${level} msg=${JSON.stringify(message)}\n`);
}
/** The last word before the end, as logrus' Fatal: exit code 1. */
export function fatal(message: string): never {
  log('fatal', message);
  process.exit(1);
}
