/** ssh2 is loaded when somebody logs in: most days nobody does. */
export async function sshLibrary(): Promise<typeof import('ssh2')> {
  const loaded = await import('ssh2');
  return (loaded as { default?: typeof import('ssh2') }).default ?? loaded;
}
