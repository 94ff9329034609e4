/** A port number as a person typed it; undefined when it is none from `min` to 65535. */
export function portOf(text: string, min: number): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{1,5}$/.test(trimmed)) return undefined;
  const port = Number(trimmed);
  return port >= min && port <= 65_535 ? port : undefined;
}
