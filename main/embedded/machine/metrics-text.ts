type Labels = Record<string, string>;

/** Collects samples and writes them in the Prometheus text format, one block a metric. */
export class MetricsText {
  readonly #metrics = new Map<string, { type: string; lines: string[] }>();

  add(name: string, type: 'gauge' | 'counter', value: number, labels: Labels): void {
    const metric = this.#metrics.get(name) ?? { type, lines: [] };
    this.#metrics.set(name, metric);
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`);
    metric.lines.push(`${name}{${pairs.join(',')}} ${value}`);
  }

  render(): string {
    return [...this.#metrics]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`)
      .join('');
  }
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
