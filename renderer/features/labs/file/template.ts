/** The name in the file's `metadata`; another one, so that it is another lab. Pure. */
export const renamed = (text: string): string =>
  text.replace(/^(metadata:\s*\n(?:[ \t]+.*\n|\s*\n)*?[ \t]+name:[ \t]*)(["']?)([a-z0-9-]+)\2/m, '$1$2$3-copy$2');

/** What a new lab begins with: it is right as it is, and every part of it is small. */
export const template = `apiVersion: labs.hearth.dev/v1
kind: Lab
metadata:
  name: my-lab
  title: My lab
  summary: One machine, and something to do with it.
  minutes: 5
  level: beginner
images:
  - name: starter
    use: starter
machines:
  - name: web
    image: starter
    memory: 128Mi
    forwards: [80]
steps:
  - id: hello
    title: Make a file
    text: |
      The machine **web** has started. Log in on its console, and make a file:

      \`\`\`type machine=web
      echo hello > /tmp/hello
      \`\`\`
    hints:
      - The console at the right is the machine's own. Click into it and type.
    checks:
      - id: file
        title: /tmp/hello is there
        message: Look with \`ls /tmp\`. Is the name spelled as above?
        ssh:
          machine: web
          command: cat /tmp/hello
          contains: hello
    solution:
      - ssh:
          machine: web
          command: echo hello > /tmp/hello
`;
