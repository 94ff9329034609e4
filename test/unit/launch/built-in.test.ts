import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { plainBuiltIns } from '../../../main/launch/built-in.mjs';

const of = (name: string): string => `globalThis.process.getBuiltinModule("${name}")`;

test.each([
  ['import http from "node:http";', `const http = ${of('node:http')};`],
  ['import { request as request$1, get } from "https";', `const { request: request$1, get } = ${of('https')};`],
  ['import fs, { readFileSync } from "node:fs";', `const fs = ${of('node:fs')}, { readFileSync } = ${of('node:fs')};`],
  ['import * as tls$1 from "tls";', `const tls$1 = ${of('tls')};`],
])('%s', (line, constant) => {
  expect(plainBuiltIns(`#!/usr/bin/env node\n${line}\nuse();\n`)).toBe(`#!/usr/bin/env node\n${constant}\nuse();\n`);
});

test.each([
  'import { z } from "./schemas.js";',
  'import { app } from "electron";',
  'import "node:https";',
  'import { default as fs } from "node:fs";',
  'import * as fs from "node:fs";\nfs.default.readFileSync();',
  'const text = `\nimport fs from "node:fs";\n`;',
])('%s stays', (code) => expect(plainBuiltIns(code)).toBe(code));

test('what is written so is what an import gives', () => {
  const names = plainBuiltIns('import path, { join as joined, sep } from "node:path";\n');
  expect(runInThisContext(`(() => { ${names}; return [path.join === joined, joined('a', 'b') === 'a' + sep + 'b']; })()`)).toEqual([true, true]); // prettier-ignore
});
