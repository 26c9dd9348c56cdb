// Brings the third-party front-end files of the portals to where the server finds them, from what npm installed.
// Nothing here is fetched: run `npm ci` first. The result is not committed; it is packed into the wheel.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const target = path.join(root, 'src/amends/portal/static/vendor');

const COPIED = {
  'htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'hx-sse.min.js': 'htmx.org/dist/ext/hx-sse.min.js',
  'tus.min.js': 'tus-js-client/dist/tus.min.js',
};
const LICENCES = ['htmx.org', 'tus-js-client', 'lucide-static', '@fontsource-variable/inter'];
const FONT = '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2';
// English and Indonesian, names of Western Europe, and the marks the pages set.
const LETTERS = [[0x20, 0x7e], [0xa0, 0xff]].flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))).join('') + '‐–—‘’“”•…′″−→←↑↓≤≥×·€™\u202f';

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const [name, from] of Object.entries(COPIED)) {
  const script = await readFile(path.join(modules, from), 'utf8');
  await writeFile(path.join(target, name), script.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'));
}
const font = await readFile(path.join(modules, FONT));
await writeFile(path.join(target, 'inter-var.woff2'), await subsetFont(font, LETTERS, { targetFormat: 'woff2' }));

// The icons the templates name, as the inside of their <svg>.
const names = JSON.parse(await readFile(path.join(root, 'assets/icons.json'), 'utf8'));
const icons = {};
for (const name of names) {
  const svg = await readFile(path.join(modules, 'lucide-static/icons', `${name}.svg`), 'utf8');
  icons[name] = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>')).replace(/\s*\n\s*/g, '').replaceAll(' />', '/>');
}
await writeFile(path.join(target, 'icons.json'), JSON.stringify(icons));

const texts = [];
for (const name of LICENCES) {
  const { version, license } = JSON.parse(await readFile(path.join(modules, name, 'package.json'), 'utf8'));
  const text = await readFile(path.join(modules, name, 'LICENSE'), 'utf8');
  texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
}
await writeFile(path.join(target, 'LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`));
