import qrcode from 'qrcode-generator';

/**
 * A QR code in half blocks: two rows of it in one line of text, light modules as filled blocks, since a console is dark.
 * Two modules of quiet around it. Every line has the same length.
 */
export function qrLines(text: string): string[] {
  const code = qrcode(0, 'L');
  code.addData(text, 'Byte');
  code.make();
  const count = code.getModuleCount();
  const light = (row: number, column: number): boolean =>
    row < 0 || column < 0 || row >= count || column >= count || !code.isDark(row, column);
  const lines: string[] = [];
  for (let row = -2; row < count + 2; row += 2) {
    let line = '';
    for (let column = -2; column < count + 2; column += 1) {
      const top = light(row, column);
      const bottom = row + 1 < count + 2 && light(row + 1, column);
      line += top ? (bottom ? '█' : '▀') : bottom ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines;
}
